import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { HubError } from '../../../src/errors.js';
import { chooseFiles } from '../../../src/selection/dataset/choose.js';
import { readLayout } from '../../../src/selection/dataset/layout.js';

/** A case that was run through `datasets` 5.2.0. */
interface Vector {
  readonly why: string;
  readonly files: readonly string[];
  readonly card: string | null;
  readonly huggingface_yaml?: string;
  readonly subset: string | null;
  readonly split: string;
  readonly expect: readonly string[] | { readonly error: string; readonly kind: string };
}

const vectors = JSON.parse(readFileSync(new URL('dataset-vectors.json', import.meta.url), 'utf8')) as Vector[];

/** What we say where the library says the kind of thing on the left. */
const refusals: Record<string, RegExp> = {
  'bad-card': /^dataset-unreadable: the card's "configs/,
  'missing-path': /^dataset-unreadable: the card names ".*", which is (no data file|outside) of the repo/,
  'no-data-files': /^dataset-unreadable: (there are no data files|the card's subset "fr" has no files)/,
  'bad-pattern': /^dataset-unreadable: the card has the pattern/,
  'bad-split-name': /^dataset-unreadable: .* is no name of a split/,
  'mixed-formats': /^dataset-unreadable: its splits are of different formats/,
  script: /^dataset-script: /,
  'unknown-split': /^split-not-found: /,
  'unknown-subset': /^subset-not-found: /,
  'subset-needed': /^subset-not-chosen: /,
};

function choose({ files, card, huggingface_yaml: huggingfaceYaml, subset, split }: Vector): string[] | string {
  const listed = files.map((path) => ({ path, size: 1 }));
  const readme = card === null ? '# A dataset\n' : `---\n${card}---\n# A dataset\n`;
  try {
    const layout = readLayout(listed, { repoName: 'repo', readme, huggingfaceYaml });
    const choice = { subsets: subset === null ? [] : [subset], splits: [split], parquet: false };
    return chooseFiles(layout, choice, 'org/repo').flatMap(({ splits }) =>
      splits.flatMap((it) => it.files.map(({ path }) => path)),
    );
  } catch (error) {
    if (error instanceof HubError) return `${error.code}: ${error.message.replace(' of of ', ' of ')}`;
    throw error;
  }
}

describe('which files a subset and a split have, as Python decides', () => {
  test('has all cases', () => {
    expect(vectors).toHaveLength(109);
  });

  test.each(vectors.map((vector) => [vector.why, vector] as const))('%s', (_, vector) => {
    const chosen = choose(vector);
    if ('kind' in vector.expect) expect(chosen).toMatch(refusals[vector.expect.kind] ?? /^$/);
    else expect(chosen).toEqual(vector.expect);
  });
});
