import { appendFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RepoBuilder } from '../cache-builder.js';
import { repoWith, type Repo } from '../hub-server/repos.js';
import type { Hub } from '../hub-server/server.js';

const MB = 1_000_000;
const dayMs = 86_400_000;

/** One command, and when its screen is kept: at its end, or as soon as `shows` stands there. */
export interface Scene {
  readonly title: string;
  readonly command: string;
  readonly prepare?: (stage: Stage) => unknown;
  readonly shows?: RegExp;
  /** Pressed when `shows` stands there; the screen is kept at the end then. */
  readonly press?: readonly string[];
}

export interface Stage {
  readonly hub: Hub;
  readonly cacheDir: string;
  /** Of the commands that come. */
  readonly environment: Record<string, string>;
}

export const scenes: readonly Scene[] = [
  { title: 'What a download would do', command: 'hub download team/large-model --dry-run' },
  {
    title: 'A download, half of it here',
    command: 'hub download team/large-model',
    prepare: ({ hub }) => (hub.faultScript = ({ path }, { start, end }) => stopHalfway(path ?? '', start, end)),
    shows: /26\.0 MB\/50/,
  },
  {
    title: 'Killed, begun again, and stopped by Ctrl-C',
    command: 'hub download team/large-model',
    shows: /24\.0 MB\/48/,
    press: ['C-c'],
  },
  {
    title: 'The same command goes on',
    command: 'hub download team/large-model',
    prepare: ({ hub }) => (hub.faultScript = () => undefined),
  },
  { title: 'Everything is here', command: 'hub download team/large-model' },
  {
    title: 'The models of a project, half of them here',
    command: 'cd ~/project; hub sync --cache-dir models',
    prepare: ({ hub, environment }) => {
      makeProject(environment['HOME'] ?? '');
      hub.faultScript = ({ path }, { start, end }) => stopHalfway(path ?? '', start, end);
    },
    shows: /29\.\d MB\/53/,
  },
  {
    title: 'All of them',
    command: 'cd ~/project; hub sync --cache-dir models',
    prepare: ({ hub }) => (hub.faultScript = () => undefined),
  },
  { title: 'A part of a dataset', command: 'hub download stanfordnlp/imdb --subset plain --split train' },
  { title: 'The files of a repo', command: 'hub ls team/large-model' },
  { title: 'A repo', command: 'hub info team/large-model' },
  { title: 'A search', command: 'hub search model' },
  {
    title: 'The cache',
    command: 'hub cache ls',
    prepare: ({ cacheDir }) => fillCache(cacheDir),
  },
  { title: 'The cache, with its revisions', command: 'hub cache ls --revisions' },
  {
    title: 'Before something is removed',
    command: 'hub cache rm team/large-model gpt2',
    shows: /\[y\/N\]/,
    press: ['n', 'Enter'],
  },
  { title: 'All files are right', command: 'hub cache verify' },
  {
    title: 'Some files are not',
    command: 'hub cache verify',
    prepare: ({ cacheDir }) => damage(cacheDir),
  },
  { title: 'The settings', command: 'hub env' },
  { title: 'A repo that is not there', command: 'hub download team/large-modle' },
  { title: 'A repo that wants to be asked for', command: 'hub download team/gated-model' },
  { title: 'A filter that matches nothing', command: 'hub download team/large-model --include "*.gguf"' },
  {
    title: 'A token that the hub refuses',
    command: 'hub download gpt2',
    prepare: ({ environment }) => (environment['HF_TOKEN'] = 'hf_nobodysnobodysnobodys'),
  },
  {
    title: 'A hub that does not answer',
    command: 'hub download gpt2 --force',
    prepare: async ({ hub, environment }) => {
      delete environment['HF_TOKEN'];
      await hub.close();
    },
  },
];

const [first, second, third] = [
  'model-00001-of-00002.safetensors',
  'model-00002-of-00002.safetensors',
  '权重/模型-最终版.safetensors',
];
const longName = 'an-organisation-with-a-long-name/a-model-with-an-even-longer-name-GGUF';
const longPath = 'checkpoints/2026-01-31-a-run-with-a-long-name/global_step_120000/optimizer.pt';
const halves = new Map([
  [first, 12 * MB],
  [second, 8 * MB],
  [third, 4 * MB],
]);

/** Each large file stops at its half, so that the screen in the middle is the same each time. */
function stopHalfway(path: string, start: number, end: number): { stallAfter: number } | undefined {
  const half = halves.get(path);
  return half === undefined || end <= half ? undefined : { stallAfter: Math.max(0, half - start) };
}

/** Three repos, of which nothing is locked yet. */
function makeProject(home: string): void {
  const sources = ['team/large-model', longName, 'datasets/stanfordnlp/imdb'];
  mkdirSync(join(home, 'project'));
  writeFileSync(join(home, 'project', 'hub.toml'), sources.map((it) => `[[repo]]\nsource = "hf:${it}"\n`).join('\n'));
}

/** What somebody has had for a while. */
function fillCache(cacheDir: string): void {
  const own = new RepoBuilder(cacheDir, 'models--gpt2');
  own.revision('a', {
    files: { 'config.json': '{}', 'model.bin': 'x'.repeat(3 * MB) },
    refs: ['main'],
    usedMsAgo: 90 * dayMs,
  });
  own.revision('b', { files: { 'config.json': '{"b":1}' }, usedMsAgo: 200 * dayMs });
  const other = new RepoBuilder(
    cacheDir,
    'models--an-organisation-with-a-long-name--a-model-with-an-even-longer-name-GGUF',
  );
  const refs = ['main', 'refs/pr/1', 'a-branch-with-a-name-that-is-rather-long'];
  other.revision('c', { files: { '模型.gguf': 'y'.repeat(9 * MB) }, refs, usedMsAgo: 3 * dayMs });
}

/** A file that lost a byte, one whose content is wrong, one that is gone. */
function damage(cacheDir: string): void {
  const folder = join(cacheDir, 'models--gpt2', 'blobs');
  for (const blob of readdirSync(folder)) appendFileSync(join(folder, blob), '!');
}

/** Repos with long names, and files with long and wide ones. */
export function repos(): Repo[] {
  const about = { lastModified: new Date(Date.now() - 40.5 * dayMs).toISOString(), downloads: 1_234_567, likes: 4_321 };
  const large = (size: number, seed: number) => ({ size, seed, lfs: true });
  return [
    repoWith({
      id: 'team/large-model',
      ...about,
      card: { license: 'apache-2.0', pipeline_tag: 'text-generation', language: ['en', 'zh', 'ja'] },
      files: {
        'config.json': '{}',
        'README.md': '# A model\n',
        '说明 🤗.md': '# 模型\n',
        [first]: large(24 * MB, 1),
        [second]: large(16 * MB, 2),
        [third]: large(8 * MB, 3),
        [longPath]: large(2 * MB, 4),
      },
      branches: { 'a-branch-with-a-name-that-is-rather-long': { 'config.json': '{"a":1}' } },
      tags: { 'v1.0': 'main' },
    }),
    repoWith({
      id: longName,
      ...about,
      downloads: 17,
      files: { 'config.json': '{}', 'model.gguf': large(3 * MB, 5) },
    }),
    repoWith({ id: 'team/gated-model', gated: 'manual', ...about, files: { 'config.json': '{}' } }),
  ];
}
