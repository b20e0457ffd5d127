import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { type DownloadOptions, download, plan } from '../../src/index.js';
import { workplace } from '../cache/support.js';
import { closing } from '../net/server.js';
import { repoWith } from '../support/hub-server/repos.js';
import { type Hub, startHub } from '../support/hub-server/server.js';

const place = workplace();
const readme = `---
configs:
- config_name: cola
  data_files:
  - split: train
    path: cola/train-*
  - split: validation
    path: cola/dev.csv
- config_name: sst2
  data_files: sst2/*.csv
---
`;
const csv = (name: string) => `from\n${name}\n`;
const files = {
  'README.md': readme,
  '.gitattributes': '',
  'cola/train-0.csv': csv('cola/train-0'),
  'cola/train-1.csv': csv('cola/train-1'),
  'cola/dev.csv': csv('cola/dev'),
  'sst2/a.csv': csv('sst2/a'),
  'notes.txt': 'x',
};
const parquet = { 'cola/train/0000.parquet': 'p', 'cola/test/0000.parquet': 'q', 'sst2/train/0000.parquet': 'r' };

let hub: Hub;
beforeEach(async () => {
  hub = closing(
    await startHub({
      repos: [
        repoWith({ id: 'glue', type: 'dataset', files, converts: { parquet } }),
        repoWith({
          id: 'org/old',
          type: 'dataset',
          files: { 'old.py': '', 'README.md': '# Old' },
          converts: { parquet },
        }),
        repoWith({
          id: 'org/yaml',
          type: 'dataset',
          files: { ...files, '.huggingface.yaml': 'configs:\n- config_name: only\n  data_files: cola/dev.csv\n' },
        }),
      ],
    }),
  );
});

const options = (more: DownloadOptions): DownloadOptions => ({
  endpoint: hub.endpoint,
  cacheDir: join(place.folder, 'cache'),
  retries: 0,
  ...more,
});
const fetch = (more: DownloadOptions, repo = 'glue') => download(repo, options(more));
const pathsOf = ({ files }: { files: readonly { path: string }[] }) => files.map(({ path }) => path);
const asked = (path: string) => hub.count({ path, kind: 'resolve', method: 'GET' });

describe('a subset of a dataset', () => {
  it('comes with its card, which is fetched once, and with the line that loads it', async () => {
    const result = await fetch({ subset: 'cola' });
    expect(result.type).toBe('dataset');
    expect(pathsOf(result)).toEqual(['README.md', 'cola/dev.csv', 'cola/train-0.csv', 'cola/train-1.csv']);
    expect(asked('README.md')).toBe(1);
    expect(result.files[0]).toMatchObject({ state: 'fetched', bytesFetched: readme.length });
    expect(result.totals.bytesFetched).toBe(result.totals.bytes);
    expect(readFileSync(join(result.path, 'README.md'), 'utf8')).toBe(readme);
    expect(result.load).toBe(
      `load_dataset("${result.path}", name="cola", data_files={"train": ["cola/train-*"], "validation": ["cola/dev.csv"]})`,
    );
  });

  it('needs no request when it is there, and its card is read offline', async () => {
    await fetch({ subset: 'cola' });
    hub.clearRequests();
    const result = await fetch({ subset: 'cola', split: 'train', offline: true });
    expect(pathsOf(result)).toEqual(['README.md', 'cola/train-0.csv', 'cola/train-1.csv']);
    expect(hub.requests).toEqual([]);
    await expect(fetch({ subset: 'sst2', offline: true })).rejects.toMatchObject({ exitCode: 8 });
  });

  it('is planned by its card alone, which is not written', async () => {
    const planned = await plan('datasets/glue', options({ subset: ['sst2'] }));
    expect(pathsOf(planned)).toEqual(['README.md', 'sst2/a.csv']);
    expect(existsSync(join(place.folder, 'cache'))).toBe(false);
    expect(hub.count({ kind: ['resolve', 'cdn'] })).toBe(1);
  });

  it('comes into a local folder, whose own card tells the next run', async () => {
    const localDir = join(place.folder, 'data');
    const result = await fetch({ subset: 'cola', split: 'train', localDir });
    expect(result.load).toBe(
      `load_dataset("${localDir}", name="cola", data_files={"train": ["cola/train-0.csv", "cola/train-1.csv"]}, split="train")`,
    );
    expect(asked('README.md')).toBe(1);
    hub.clearRequests();
    expect((await fetch({ subset: 'cola', split: 'train', localDir, offline: true })).load).toBe(result.load);
  });

  it('is narrowed by paths, includes and excludes; excludes take the card too', async () => {
    expect(pathsOf(await fetch({ subset: 'cola', include: ['*train*'], exclude: ['*-1.csv'] }))).toEqual([
      'README.md',
      'cola/train-0.csv',
    ]);
    expect(pathsOf(await fetch({ subset: 'cola', exclude: ['README*', '*train*'] }))).toEqual(['cola/dev.csv']);
    await expect(fetch({ subset: 'cola', include: ['sst2/*'] })).rejects.toMatchObject({ code: 'nothing-selected' });
  });

  it('is what .huggingface.yaml says, where there is one', async () => {
    const result = await fetch({ split: 'train' }, 'org/yaml');
    expect(pathsOf(result)).toEqual(['.huggingface.yaml', 'README.md', 'cola/dev.csv']);
  });

  it('of a name that is unknown is not found, with those that there are', async () => {
    await expect(fetch({ subset: 'mnli' })).rejects.toMatchObject({ exitCode: 3, code: 'subset-not-found' });
    await expect(fetch({ subset: 'cola', split: 'dev' })).rejects.toMatchObject({
      exitCode: 3,
      hint: expect.stringContaining('"validation"') as string,
    });
    await expect(fetch({ split: 'train' })).rejects.toMatchObject({ exitCode: 2, code: 'subset-not-chosen' });
  });

  it('is not made up from a card with wrong bytes', async () => {
    hub.fault({ match: { path: 'README.md', kind: ['resolve', 'resolve-cache'] }, times: Infinity, flipByteAt: 20 });
    await expect(fetch({ subset: 'cola' })).rejects.toMatchObject({ exitCode: 6 });
  });

  it.each([{ subset: 'cola', type: 'model' }, { parquet: true, revision: 'main' }, { split: '' }] as const)(
    'contradicted is a usage error: %j',
    async (words) => {
      await expect(fetch(words)).rejects.toMatchObject({ exitCode: 2 });
      expect(hub.requests).toEqual([]);
    },
  );
});

describe('the parquet copy of a dataset', () => {
  it('is its own branch, where paths tell subset and split', async () => {
    const result = await fetch({ parquet: true, subset: 'cola', split: 'train' });
    expect(result.revision).toBe('refs/convert/parquet');
    expect(pathsOf(result)).toEqual(['cola/train/0000.parquet']);
    expect(result.load).toBe(
      `load_dataset("${result.path}", data_files={"train": ["cola/train/0000.parquet"]}, split="train")`,
    );
  });

  it('stands in for a script, which is not run', async () => {
    await expect(fetch({ split: 'train' }, 'org/old')).rejects.toMatchObject({
      exitCode: 3,
      code: 'dataset-script',
      hint: expect.stringContaining('--parquet') as string,
    });
    const revision = 'refs/convert/parquet';
    expect(pathsOf(await fetch({ revision, subset: 'sst2' }, 'datasets/org/old'))).toEqual(['sst2/train/0000.parquet']);
    expect(pathsOf(await fetch({ parquet: true }, 'org/old'))).toHaveLength(3);
  });

  it('that the hub has not made is told as such', async () => {
    await expect(fetch({ parquet: true }, 'org/yaml')).rejects.toMatchObject({
      code: 'revision-not-found',
      hint: expect.stringContaining('without --parquet') as string,
    });
  });
});
