"""What Python's tools make of a cache that hub filled: read-cache.py load|scan|snapshot <repo>. Prints JSON."""

import json
import sys


def load(repo):
    from huggingface_hub import snapshot_download
    from safetensors import safe_open
    from transformers import AutoConfig, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(repo)
    config = AutoConfig.from_pretrained(repo)
    snapshot = snapshot_download(repo, local_files_only=True)
    with safe_open(f"{snapshot}/model.safetensors", framework="numpy") as weights:
        names = list(weights.keys())
        embedding = weights.get_tensor("embeddings.word_embeddings.weight")
    return {
        "snapshot": snapshot,
        "tokens": tokenizer.tokenize("A cache shared by two programs."),
        "hiddenSize": config.hidden_size,
        "tensors": len(names),
        "embedding": list(embedding.shape),
        "isFinite": bool((embedding == embedding).all()),
    }


def scan(repo):
    from huggingface_hub import scan_cache_dir

    cache = scan_cache_dir()
    return {
        "warnings": [str(warning) for warning in cache.warnings],
        "repos": [
            {
                "repo": found.repo_id,
                "bytes": found.size_on_disk,
                "files": found.nb_files,
                "refs": {name: revision.commit_hash for name, revision in found.refs.items()},
            }
            for found in cache.repos
        ],
    }


def snapshot(repo):
    from huggingface_hub import snapshot_download

    return {"snapshot": snapshot_download(repo)}


_, what, repo = sys.argv
print(json.dumps({"load": load, "scan": scan, "snapshot": snapshot}[what](repo)))
