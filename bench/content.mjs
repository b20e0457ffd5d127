import { createHash, randomFillSync } from 'node:crypto';
import { mkdir, open, statfs, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const chunkBytes = 8 * 1024 * 1024;
const entriesPerPage = 1000;
const spareBytes = 2 * 1024 ** 3;

/**
 * Makes a repo of random bytes below `www`, together with a hub's answers about it as files at their addresses, so that
 * any file server can play the hub.
 *
 * @param www  the file server's root
 * @param wanted  `files` files of `bytes` bytes each; `lfs` ones are redirected to the CDN
 */
export async function makeRepo(www, { name, files: count, bytes, lfs }) {
  const id = `bench/${name}`;
  const commit = hex('sha1', id);
  const files = [];
  for (let n = 1; n <= count; n++) {
    const path = lfs ? `model-${pad(n)}.safetensors` : `part-${pad(n % 20)}/sample-${pad(n)}.json`;
    const address = `/${id}/resolve/${commit}/${path}`;
    const digests = await writeRandomFile(join(www, address), bytes);
    files.push({
      path,
      address,
      size: bytes,
      sha256: digests.sha256,
      oid: lfs ? digests.sha256 : digests.gitSha1,
      lfs,
    });
  }
  files.sort((a, b) => (a.path < b.path ? -1 : 1));
  const repo = { name, id, commit, files, bytes: count * bytes, pages: Math.ceil(count / entriesPerPage) };
  await writeAnswers(www, repo);
  return repo;
}

/** Says so before the disk is full rather than after. */
export async function checkSpace(folder, bytes) {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  if (free < bytes + spareBytes)
    throw new Error(`${folder} has ${free} bytes free, and ${bytes + spareBytes} are needed`);
}

/** The address of a listing's page, without the query: the first page's cursor is empty. */
export function pageAddress({ id, commit }, page) {
  return `/api/models/${id}/tree/${commit}-${page === 0 ? '' : page}`;
}

async function writeAnswers(www, repo) {
  const { id, commit, files, pages } = repo;
  const api = `/api/models/${id}`;
  const info = {
    id,
    modelId: id,
    sha: commit,
    private: false,
    gated: false,
    disabled: false,
    tags: [],
    siblings: files.map(({ path }) => ({ rfilename: path })),
  };
  await writeJson(join(www, api, 'revision/main'), info);
  await writeJson(join(www, api, 'revision', commit), info);
  const entries = files.map(treeEntry);
  for (let page = 0; page < pages; page++) {
    const first = page * entriesPerPage;
    await writeJson(join(www, pageAddress(repo, page)), entries.slice(first, first + entriesPerPage));
  }
  for (const entry of entries) await writeJson(join(www, api, 'paths-info', commit, entry.path), [entry]);
  await writeJson(join(www, 'api/agent-harnesses'), []);
}

function treeEntry({ path, size, sha256, oid, lfs }) {
  if (!lfs) return { type: 'file', oid, size, path };
  const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${sha256}\nsize ${size}\n`;
  const pointerOid = hex('sha1', `blob ${pointer.length}\0${pointer}`);
  return { type: 'file', oid: pointerOid, size, path, lfs: { oid: sha256, size, pointerSize: pointer.length } };
}

async function writeRandomFile(path, bytes) {
  await mkdir(dirname(path), { recursive: true });
  const sha256 = createHash('sha256');
  const gitSha1 = createHash('sha1').update(`blob ${bytes}\0`);
  const file = await open(path, 'w');
  try {
    for (let left = bytes; left > 0; left -= chunkBytes) {
      const chunk = randomFillSync(new Uint8Array(Math.min(left, chunkBytes)));
      sha256.update(chunk);
      gitSha1.update(chunk);
      await file.write(chunk);
    }
  } finally {
    await file.close();
  }
  return { sha256: sha256.digest('hex'), gitSha1: gitSha1.digest('hex') };
}

async function writeJson(path, value) {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, JSON.stringify(value));
}

const hex = (algorithm, text) => createHash(algorithm).update(text).digest('hex');
const pad = (n) => String(n).padStart(5, '0');
