"""What huggingface_hub does with a cache or a folder: client.py <what> <arguments as JSON>. Prints JSON."""

import json
import os
import sys

from huggingface_hub import hf_hub_download, scan_cache_dir, snapshot_download


def scan(**_):
    cache = scan_cache_dir()
    return {
        "warnings": [str(warning) for warning in cache.warnings],
        "repos": sorted(
            (
                {
                    "repo": repo.repo_id,
                    "type": repo.repo_type,
                    "bytes": repo.size_on_disk,
                    "refs": {name: revision.commit_hash for name, revision in repo.refs.items()},
                    "revisions": sorted(revision.commit_hash for revision in repo.revisions),
                }
                for repo in cache.repos
            ),
            key=lambda repo: repo["repo"],
        ),
    }


def snapshot(**arguments):
    folder = snapshot_download(**arguments)
    return {"path": folder, "files": files_of(folder)}


def file(**arguments):
    return {"path": hf_hub_download(**arguments)}


def delete(revisions):
    strategy = scan_cache_dir().delete_revisions(*revisions)
    strategy.execute()
    return {"freed": strategy.expected_freed_size}


def files_of(folder):
    """Each file's size as a reader finds it: a link to nothing fails here."""
    return {
        os.path.relpath(os.path.join(parent, name), folder): os.path.getsize(os.path.join(parent, name))
        for parent, folders, names in os.walk(folder)
        for name in names
        if ".cache" not in os.path.relpath(parent, folder).split(os.sep)
    }


if "RUN_AS" in os.environ:
    user, group = json.loads(os.environ["RUN_AS"])
    os.setgroups([])
    os.setgid(group)
    os.setuid(user)

_, what, arguments = sys.argv
print(json.dumps({"scan": scan, "snapshot": snapshot, "file": file, "delete": delete}[what](**json.loads(arguments))))
