// Serves repos until it is ended:
//   node test/support/run-typescript.mjs test/support/hub-server/serve.ts [options] <source…>
// A source is a folder with a repos.json (as fixtures/), or `id=folder` for one repo (`datasets/org/name=folder`).
// The hub's address is the first line on stdout. It has no Xet storage: Hugging Face's own programs need
// HF_HUB_DISABLE_XET=1 to download from it.
import { parseArgs } from 'node:util';
import { repoTypes } from '../../../src/repo/reference.js';
import { fixtureRepos, repoOfFolder } from './fixture-repos.js';
import type { Repo } from './repos.js';
import { startHub } from './server.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    port: { type: 'string', default: '0' },
    /** Bytes per second of each connection. */
    rate: { type: 'string' },
  },
});

const hub = await startHub({
  repos: (await Promise.all(positionals.map(reposOf))).flat(),
  port: Number(values.port),
  ...(values.rate !== undefined && { bytesPerSecond: Number(values.rate) }),
});
console.log(hub.endpoint);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void hub.close());

async function reposOf(source: string): Promise<Repo[]> {
  const [key = '', folder] = source.split('=', 2);
  if (folder === undefined) return fixtureRepos(source);
  const type = repoTypes.find((each) => key.startsWith(`${each}s/`));
  const id = type === undefined ? key : key.slice(type.length + 2);
  return [await repoOfFolder(folder, { id, type: type ?? 'model' })];
}
