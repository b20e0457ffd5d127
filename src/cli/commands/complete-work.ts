import type { Command } from 'commander';
import { cachedRepoNames, cachedRevisionNames } from '../../operations/cached-names.js';
import { parseRepoReference } from '../../repo/reference.js';
import { configKeys } from '../../settings/config-text.js';
import type { Settings } from '../../settings/settings.js';
import type { Answer, Session } from '../cli.js';
import { candidatesFor, type KnownNames } from '../completion/candidates.js';
import { escapeControl } from '../text.js';

/** A line for each candidate: the word, and behind a tab what it means. */
export function answerComplete(program: Command, words: readonly string[], { settings }: Session): Answer {
  const candidates = candidatesFor(program, words, knownNames(settings));
  const lines = candidates.map(({ word, description }) =>
    description === undefined ? escapeControl(word) : `${escapeControl(word)}\t${description}`,
  );
  return { document: { candidates }, text: lines.length === 0 ? undefined : lines.join('\n') };
}

function knownNames({ cacheDir, endpoints }: Settings): KnownNames {
  return {
    repos: () => cachedRepoNames(cacheDir),
    revisions: (text) => {
      const { repo } = parseRepoReference(text, { endpoints: endpoints.map(({ url }) => url) });
      return cachedRevisionNames(cacheDir, repo);
    },
    configKeys,
  };
}
