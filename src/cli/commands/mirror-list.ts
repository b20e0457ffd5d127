import { CommanderError } from 'commander';
import { join } from 'node:path';
import { UsageError } from '../../errors.js';
import type { DownloadRequest } from '../../operations/prepare.js';
import { frameworkSpellings } from '../../repo/frameworks.js';
import { takeQuantSuffix } from '../../repo/quant-suffix.js';
import { type RepoId, repoPath } from '../../repo/reference.js';
import type { Settings } from '../../settings/settings.js';
import { shellWords } from '../shell-words.js';
import { canonicalArguments } from '../spellings.js';
import { downloadWords } from './download.js';
import { type DownloadFlags, type DownloadWords, requestFrom } from './download-work.js';
import { namedRepo } from './named-repo.js';
import { settingFlags } from './setting-options.js';

/** A line of a list, or a repo of the command line, and how a person finds it again. */
export interface ListedLine {
  /** `repos.txt:12`; of the command line nothing. */
  readonly place: string | undefined;
  readonly text: string;
}

/** What holds where a line says nothing else. */
export interface ListDefaults {
  readonly flags: DownloadFlags;
  /** Absolute: a folder for each repo below it, instead of the cache. */
  readonly root: string | undefined;
  readonly settings: Settings;
}

/** The lines of a list, without those that say nothing. @param name  of the file */
export function linesOf(text: string, name: string): ListedLine[] {
  return text
    .split(/\r?\n/)
    .map((line, index) => ({ place: `${name}:${String(index + 1)}`, text: line }))
    .filter((line) => !/^\s*(#.*)?$/.test(line.text));
}

/** @throws UsageError  that tells all bad lines at once */
export function requestsOf(lines: readonly ListedLine[], defaults: ListDefaults): DownloadRequest[] {
  const problems: { readonly place: string; readonly error: UsageError }[] = [];
  const requests = lines.flatMap(({ place, text }) => {
    try {
      return requestOf(place === undefined ? { text, paths: [], flags: {} } : wordsOf(text), defaults);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      problems.push({ place: place === undefined ? '' : `${place}: `, error });
      return [];
    }
  });
  const [first, ...others] = problems.map(({ place, error }) => `${place}${error.message}`);
  if (first === undefined) return requests;
  if (others.length > 0) {
    throw new UsageError(`${String(problems.length)} lines are wrong:\n  ${[first, ...others].join('\n  ')}`);
  }
  const hint = problems[0]?.error.hint;
  throw new UsageError(first, hint === undefined ? {} : { hint });
}

/** The request for a repo that no line names. */
export function requestForRepo(repo: RepoId, defaults: ListDefaults): DownloadRequest {
  return requestOf({ text: repoPath(repo), paths: [], flags: { type: repo.type } }, defaults);
}

/** @throws UsageError  not the words of a download */
function wordsOf(line: string): DownloadWords {
  const command = downloadWords()
    .exitOverride()
    .configureOutput({ writeOut: () => undefined, writeErr: () => undefined, outputError: () => undefined })
    .helpOption(false);
  try {
    command.parse(canonicalArguments(shellWords(line)), { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError)
      throw new UsageError(error.message.replace(/^error: /, '').split('\n')[0] ?? '');
    if (error instanceof SyntaxError) throw new UsageError(error.message);
    throw error;
  }
  const flags = command.opts<DownloadFlags>();
  const [stray] = Object.keys(settingFlags(flags)).filter((name) => !ofOneLine.includes(name));
  if (stray !== undefined || flags.dryRun === true) {
    throw new UsageError(`--${dashed(stray ?? 'dryRun')} is for the whole run, not for one line`, {
      hint: 'Give it to hub mirror itself.',
    });
  }
  const [text = '', ...paths] = command.args;
  return { text, paths, flags };
}

/** The one is about one repo too; the others say nothing here, since a mirror never asks. */
const ofOneLine = ['framework', 'yes', 'sizeGuard'];

function dashed(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** @throws UsageError */
function requestOf(line: DownloadWords, { flags: defaults, root, settings }: ListDefaults): DownloadRequest {
  const { flags: own } = line;
  const named = namesOf(line, defaults, settings);
  const { type } = namedRepo(takeQuantSuffix(line.text).text, named, settings.endpoints).repo;
  const forType =
    type === 'model' ? pick(defaults, ['variant', 'quant']) : type === 'dataset' ? pick(defaults, partsOfDataset) : {};
  const flags = { ...pick(defaults, ['include', 'exclude']), ...forType, ...own, ...named };
  const request = requestFrom({ ...line, flags }, { ...settings, framework: frameworkOf(own, settings) });
  if (own.localDir !== undefined || root === undefined) return request;
  return { ...request, localDir: join(root, `${request.repo.type}s`, ...request.repo.name.split('/')) };
}

const partsOfDataset = ['subset', 'split', 'parquet'] as const;

/** Type and revision: what the line says goes before what holds for all. */
function namesOf(
  { text, flags }: DownloadWords,
  defaults: DownloadFlags,
  { endpoints }: Settings,
): Pick<DownloadFlags, 'type' | 'revision'> {
  const name = takeQuantSuffix(text).text;
  const isDataset = partsOfDataset.some((part) => flags[part] !== undefined);
  const own = { ...(isDataset ? { type: 'dataset' as const } : {}), ...pick(flags, ['type', 'revision']) };
  // What the line itself has wrong is told as it is.
  namedRepo(name, own, endpoints);
  const withType = fits({ ...pick(defaults, ['type']), ...own });
  const byAll = { ...pick(defaults, ['revision']), ...withType };
  return flags.parquet === true ? withType : fits(byAll, withType);

  function fits<Names extends Pick<DownloadFlags, 'type' | 'revision'>>(names: Names, otherwise: object = own): Names {
    try {
      namedRepo(name, names, endpoints);
      return names;
    } catch (error) {
      if (error instanceof UsageError) return otherwise as Names;
      throw error;
    }
  }
}

/** @throws UsageError */
function frameworkOf({ framework: text }: DownloadFlags, { framework }: Settings): Settings['framework'] {
  if (text === undefined) return framework;
  const named = frameworkSpellings.get(text.trim().toLowerCase());
  if (named === undefined) {
    throw new UsageError(`--framework: "${text}" is not one of ${[...frameworkSpellings.keys()].join(', ')}`);
  }
  return named;
}

function pick<Flags extends object, Name extends keyof Flags>(
  flags: Flags,
  names: readonly Name[],
): Partial<Pick<Flags, Name>> {
  const given = names.filter((name) => flags[name] !== undefined).map((name) => [name, flags[name]]);
  return Object.fromEntries(given) as Partial<Pick<Flags, Name>>;
}
