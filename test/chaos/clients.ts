import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repoId } from './chaos-hub.js';
import type { SeedPlan } from './plan.js';

/** A program that brings a repo into a folder, called again after each failure. */
export interface Client {
  readonly isOurs: boolean;
  command(work: Work): { readonly words: readonly string[]; readonly env: Readonly<Record<string, string>> };
  /** Where a file of the repo lies once it is there. */
  fileOf(place: { readonly folder: string; readonly commit: string; readonly path: string }): string;
}

interface Work {
  readonly plan: SeedPlan;
  readonly folder: string;
  readonly endpoint: string;
}

const stallSeconds = '2';
const repoFolder = `models--${repoId.replace('/', '--')}`;
const inSnapshot: Client['fileOf'] = ({ folder, commit, path }) =>
  join(folder, 'hf', 'hub', repoFolder, 'snapshots', commit, path);

/** @param program  the words that start it */
export function hubClient(program: readonly string[]): Client {
  return {
    isOurs: true,
    command: ({ plan: { connections }, folder, endpoint }) => {
      const flags = connections === undefined ? [] : ['--concurrency', String(connections)];
      const talk = ['--json', '--verbose', '--progress', 'json'];
      return {
        words: [...program, 'download', repoId, ...talk, '--stall-timeout', `${stallSeconds}s`, ...flags],
        env: { HF_HOME: join(folder, 'hf'), HF_ENDPOINT: endpoint },
      };
    },
    fileOf: inSnapshot,
  };
}

/** What `npm run bench` installs. */
const installed = join(process.cwd(), '.bench');

/** Others, with timeouts as short as ours where they have any, and as many tries. */
export const peers: Readonly<Record<string, Client>> = {
  huggingface_hub: {
    isOurs: false,
    command: ({ folder, endpoint }) => ({
      words: [
        join(installed, 'venv/bin/python'),
        '-c',
        'import sys, huggingface_hub as h; h.snapshot_download(sys.argv[1])',
        repoId,
      ],
      env: {
        HF_HOME: join(folder, 'hf'),
        HF_ENDPOINT: endpoint,
        HF_HUB_DISABLE_XET: '1',
        HF_HUB_DISABLE_TELEMETRY: '1',
        HF_HUB_DOWNLOAD_TIMEOUT: stallSeconds,
      },
    }),
    fileOf: inSnapshot,
  },
  'huggingface.js': {
    isOurs: false,
    command: ({ folder, endpoint }) => {
      const module = join(installed, 'node_modules/@huggingface/hub/dist/index.mjs');
      const script = `const { snapshotDownload } = await import(${JSON.stringify(module)});
        const [, repo, cacheDir, hubUrl] = process.argv;
        await snapshotDownload({ repo, cacheDir, hubUrl });`;
      const cache = join(folder, 'hf', 'hub');
      return { words: [process.execPath, '--input-type=module', '-e', script, repoId, cache, endpoint], env: {} };
    },
    fileOf: inSnapshot,
  },
  /** Knows no repo: it is given the address of each file. */
  aria2c: {
    isOurs: false,
    command: ({ plan, folder, endpoint }) => {
      const tries = ['-x8', '-s8', '-k1M', '-j4', '-c', '-m9', `--timeout=${stallSeconds}`, '--file-allocation=none'];
      const lines = plan.files.map(({ path }) => `${endpoint}/${repoId}/resolve/main/${path}\n out=${path}\n`);
      const list = join(folder, 'home', 'list');
      writeFileSync(list, lines.join(''));
      return { words: ['aria2c', '--no-conf', '-q', ...tries, '-d', join(folder, 'files'), '-i', list], env: {} };
    },
    fileOf: ({ folder, path }) => join(folder, 'files', path),
  },
};
