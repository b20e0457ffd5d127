import { mkdirSync, rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { downloadSummary } from '../../src/cli/report/summary.js';
import { type DownloadRequest, download, planDownload } from '../../src/operations/download.js';
import { readWeightsChoice } from '../../src/repo/weights-choice.js';
import type { Settings } from '../../src/settings/settings.js';
import { workplace } from '../cache/support.js';
import { closing } from '../net/server.js';
import { type FileSpec, repoWith } from '../support/hub-server/repos.js';
import { type Hub, startHub } from '../support/hub-server/server.js';
import { contextWith, settingsWith } from './support.js';

const place = workplace();
const id = 'org/name';
const repo = { type: 'model', name: id } as const;
const auto = { framework: 'auto' } as const;

/** A real repo's names; each of its weights has 3000 bytes. */
function filesOf(weights: readonly string[], others: readonly string[]): Record<string, FileSpec> {
  const heavy = weights.map((path, seed): [string, FileSpec] => [path, { size: 3000, lfs: true, seed }]);
  return Object.fromEntries<FileSpec>([...heavy, ...others.map((path): [string, FileSpec] => [path, path])]);
}

const three = (name: string, ending: string) => [1, 2, 3].map((at) => `${name}-0000${at}-of-00003${ending}`);

async function hubOf(files: Record<string, FileSpec>): Promise<Hub> {
  return closing(await startHub({ repos: [repoWith({ id, files })] }));
}

function contextFor(hub: Hub, settings: Partial<Settings> = {}) {
  return contextWith(settingsWith(place.folder, { endpoints: [{ url: hub.endpoint, sendsToken: true }], ...settings }));
}

const requestOf = (request: Partial<DownloadRequest> = {}): DownloadRequest => ({
  repo,
  paths: [],
  include: [],
  exclude: [],
  ...request,
});

const pathsOf = ({ files }: { files: readonly { path: string }[] }) => files.map(({ path }) => path).sort();

const families = {
  OPT: {
    kept: [...three('pytorch_model', '.bin'), 'pytorch_model.bin.index.json'],
    skipped: [...three('tf_model', '.h5'), ...three('flax_model', '.msgpack')],
    skippedIndexes: ['tf_model.h5.index.json', 'flax_model.msgpack.index.json'],
    others: ['LICENSE.md', 'README.md', 'config.json', 'generation_config.json', 'merges.txt', 'vocab.json'],
  },
  BERT: {
    kept: ['model.safetensors'],
    skipped: ['pytorch_model.bin', 'tf_model.h5', 'flax_model.msgpack', 'rust_model.ot', 'model.onnx'],
    skippedIndexes: [],
    others: ['.gitattributes', 'LICENSE', 'README.md', 'config.json', 'tokenizer.json', 'vocab.txt'],
  },
  T5: {
    kept: ['model.safetensors'],
    skipped: ['pytorch_model.bin', 'tf_model.h5', 'flax_model.msgpack'],
    skippedIndexes: [],
    others: ['README.md', 'config.json', 'spiece.model', 'tokenizer.json', 'tokenizer_config.json', 'convert.py'],
  },
};

describe('--framework auto', () => {
  it.each(Object.entries(families))('%s: one framework, every shard, and all that is no weights', async (_, family) => {
    const { kept, skipped, skippedIndexes, others } = family;
    const weights = [...kept.filter((path) => !path.endsWith('.json')), ...skipped];
    const indexes = [...kept, ...skippedIndexes].filter((path) => path.endsWith('.json'));
    const hub = await hubOf(filesOf(weights, [...indexes, ...others]));
    const result = await download(requestOf({ weights: auto }), contextFor(hub));
    expect(pathsOf(result)).toEqual([...kept, ...others].sort());
    const bytes = skipped.length * 3000 + skippedIndexes.join('').length;
    expect(result.skipped).toEqual({ files: skipped.length + skippedIndexes.length, bytes });
    expect(downloadSummary(result)).toContainEqual(expect.stringMatching(/^left out \d+\.\d+ kB of weights that/));
    expect(hub.requests.filter(({ path }) => skipped.some((name) => path?.includes(name)))).toEqual([]);
  });

  it('plans the same', async () => {
    const hub = await hubOf(filesOf(['model.safetensors', 'tf_model.h5'], ['config.json']));
    const plan = await planDownload(requestOf({ weights: auto }), contextFor(hub));
    expect(pathsOf(plan)).toEqual(['config.json', 'model.safetensors']);
    expect(plan.skipped).toEqual({ files: 1, bytes: 3000 });
  });

  it('narrows what globs left, and keeps a file that was named', async () => {
    const hub = await hubOf(filesOf(['model.safetensors', 'pytorch_model.bin', 'tf_model.h5'], ['config.json']));
    const globs = { exclude: ['*.safetensors'], weights: auto };
    expect(pathsOf(await planDownload(requestOf(globs), contextFor(hub)))).toEqual([
      'config.json',
      'pytorch_model.bin',
    ]);
    const named = { paths: ['tf_model.h5', 'model.safetensors'], weights: auto };
    expect(pathsOf(await planDownload(requestOf(named), contextFor(hub)))).toEqual([
      'model.safetensors',
      'tf_model.h5',
    ]);
  });

  it('does nothing to a dataset', async () => {
    const files = filesOf(['a.h5', 'model.safetensors'], []);
    const hub = closing(await startHub({ repos: [repoWith({ id, type: 'dataset', files })] }));
    const dataset = requestOf({ repo: { type: 'dataset', name: id }, weights: auto });
    expect(pathsOf(await planDownload(dataset, contextFor(hub)))).toEqual(['a.h5', 'model.safetensors']);
  });

  it('chooses offline among what the snapshot has, also where nobody knows the listing', async () => {
    const hub = await hubOf(filesOf(['model.safetensors', 'tf_model.h5'], ['config.json']));
    const { path } = await download(requestOf(), contextFor(hub));
    rmSync(`${path}/../../.hub/listings`, { recursive: true });
    mkdirSync(`${path}/../../.hub/listings`);
    const offline = await download(requestOf({ weights: auto }), contextFor(hub, { offline: true }));
    expect(pathsOf(offline)).toEqual(['config.json', 'model.safetensors']);
    const flax = download(requestOf({ weights: { framework: 'flax' } }), contextFor(hub, { offline: true }));
    await expect(flax).rejects.toMatchObject({ exitCode: 8 });
  });
});

describe('what is told before the first byte', () => {
  async function warningsFor(weights: readonly string[], request: Partial<DownloadRequest> = {}) {
    const hub = await hubOf(filesOf(weights, ['config.json']));
    const context = contextFor(hub);
    await planDownload(requestOf(request), context);
    return context.events.filter(({ type }) => type === 'warning');
  }

  it('is nothing where there is nothing to choose', async () => {
    expect(await warningsFor(['model.safetensors'])).toEqual([]);
    expect(await warningsFor(['model.safetensors', 'tf_model.h5'], { weights: auto })).toEqual([]);
  });

  it('is that the weights are there more than once, and what auto would take', async () => {
    expect(await warningsFor(['model.safetensors', 'tf_model.h5'])).toEqual([
      {
        type: 'warning',
        code: 'weights-more-than-once',
        message:
          'org/name has its weights more than once: --framework auto would take safetensors alone, and save 3.00 kB',
      },
    ]);
  });

  it('are the quantisations, where none is chosen', async () => {
    expect(await warningsFor(['m.Q4_0.gguf', 'm.Q8_0.gguf'])).toEqual([
      expect.objectContaining({
        code: 'several-quantisations',
        message: 'org/name has 2 quantisations, and all are taken: Q4_0 (3.00 kB), Q8_0 (3.00 kB)',
        hint: 'One of them: --quant Q4_0',
      }),
    ]);
  });

  it('is that safetensors stand in for pickles', async () => {
    const weights = { framework: 'pytorch' } as const;
    expect(await warningsFor(['model.safetensors'], { weights })).toMatchObject([{ code: 'weights-stand-in' }]);
    expect(await warningsFor(['pytorch_model.bin'], { weights })).toEqual([]);
  });
});

describe('readWeightsChoice', () => {
  const nothing = { framework: 'all', variant: undefined, quant: undefined, quantOfName: undefined } as const;

  it('takes the quantisation of the flag or of the name, in any case', () => {
    expect(readWeightsChoice({ ...nothing, quant: 'Q4_0' }, 'model')).toEqual({ framework: 'all', quant: 'Q4_0' });
    expect(readWeightsChoice({ ...nothing, quantOfName: 'Q4_0' }, 'model')).toMatchObject({ quant: 'Q4_0' });
    expect(readWeightsChoice({ ...nothing, quant: 'q4_0', quantOfName: 'Q4_0' }, 'model')).toMatchObject({
      quant: 'q4_0',
    });
  });

  it('refuses two that differ, empty names, and what means a model for a dataset', () => {
    expect(() => readWeightsChoice({ ...nothing, quant: 'Q8_0', quantOfName: 'Q4_0' }, 'model')).toThrow(/says Q4_0/);
    expect(() => readWeightsChoice({ ...nothing, variant: '' }, 'model')).toThrow(/take a name/);
    expect(() => readWeightsChoice({ ...nothing, variant: 'fp16' }, 'dataset')).toThrow(/this is a dataset/);
    expect(readWeightsChoice({ ...nothing, framework: 'auto' }, 'dataset')).toBeUndefined();
  });
});
