import { isMissing, type ReadFile } from './config-file.js';
import { pathOf, resolveGiven, type Place } from './paths.js';
import { describeOrigin, Problems } from './problems.js';
import { hubSwitch } from './schemas.js';
import type { Origin } from './settings.js';
import { table } from './table.js';
import { defaultOrigin, type Found, type ValueReader } from './value-reader.js';

interface TokenSources {
  readonly reader: ValueReader;
  readonly place: Place;
  /** Where the Hugging Face tools keep a token. */
  readonly hubHome: string;
  readonly readFile: ReadFile;
  readonly problems: Problems;
  /** Added to. */
  readonly warnings: string[];
}

/** The file that the Hugging Face tools keep the token in, or the one that is named instead. */
export function findTokenFile(reader: ValueReader, place: Place, hubHome: Found<string>): Found<string> {
  const found = reader.find('tokenFile', table.tokenFile);
  if (found !== undefined) return { ...found, value: resolveGiven(found, place) };
  return { value: pathOf(place.platform).join(hubHome.value, 'token'), origin: hubHome.origin };
}

/** The token: given itself, in a file that is named, or in the file of the Hugging Face tools. */
export async function findToken(sources: TokenSources): Promise<Found<string | undefined>> {
  const { reader, place, hubHome, problems, warnings } = sources;
  const given = reader.find('token', table.token);
  const file = reader.find('tokenFile', table.tokenFile);
  const flagsOnly = reader.variable('HF_HUB_DISABLE_IMPLICIT_TOKEN', hubSwitch)?.value === true;
  if (given?.origin.kind === 'flag' && file?.origin.kind === 'flag') {
    problems.add('--token and --token-file: give one of the two');
    return none;
  }
  const [first] = [given, file]
    .filter((it) => it !== undefined)
    .filter(({ origin }) => !flagsOnly || origin.kind === 'flag')
    .sort((a, b) => rank(a.origin) - rank(b.origin));

  if (first === undefined) {
    const path = pathOf(place.platform).join(hubHome, 'token');
    const value = flagsOnly ? undefined : await readTokenFile(path, { from: path, mayBeMissing: true, sources });
    return value === undefined ? none : { value, origin: { kind: 'file', name: path } };
  }
  const from = describeOrigin(first.origin, first === file ? 'token-file' : 'token');
  if (first === file) {
    // The tools whose variable this is take it for the place of a token, not for the promise of one.
    const mayBeMissing = first.origin.name === 'HF_TOKEN_PATH';
    const value = await readTokenFile(resolveGiven(first, place), { from, mayBeMissing, sources });
    return value === undefined ? none : { value, origin: first.origin };
  }
  if (first.origin.kind === 'flag') {
    warnings.push('others on this machine can see a token on the command line: use HF_TOKEN or --token-file');
  }
  return { value: cleanToken(first.value, from, problems), origin: first.origin };
}

const none: Found<undefined> = { value: undefined, origin: defaultOrigin };

/**
 * A token out of what a person typed, or a file held; undefined where there is none.
 *
 * @throws UsageError  it can't be one
 */
export function readToken(text: string): string | undefined {
  const problems = new Problems();
  const token = cleanToken(text, 'what was given', problems);
  problems.throwIfAny();
  return token;
}

/** A token itself comes before a file's where both are given alike, which is the order of the Hugging Face tools. */
function rank({ kind }: Origin): number {
  return ['flag', 'environment', 'file'].indexOf(kind);
}

/** Line breaks and outer blanks removed, as the Hugging Face tools do. What is left must fit a header; no message shows it. */
function cleanToken(text: string, from: string, problems: Problems): string | undefined {
  const token = text.replaceAll(/[\r\n]/g, '').trim();
  const strange = /[^\x21-\x7e]/.exec(token);
  if (strange === null) return token === '' ? undefined : token;
  problems.add(`${from}: the token holds a character that can't go into a header, at position ${strange.index + 1}`);
  return undefined;
}

async function readTokenFile(
  path: string,
  { from, mayBeMissing, sources }: { from: string; mayBeMissing: boolean; sources: TokenSources },
): Promise<string | undefined> {
  const { readFile, problems, warnings } = sources;
  let text: string;
  try {
    text = await readFile(path);
  } catch (error) {
    if (isMissing(error) && mayBeMissing) return undefined;
    const why = isMissing(error) ? 'does not exist' : `can't be read: ${messageOf(error)}`;
    // A public repo needs no token, and a shared HF_HOME may hold another user's.
    if (mayBeMissing) warnings.push(`the token file ${path} ${why}`);
    else problems.add(`${from}: the token file ${path} ${why}`);
    return undefined;
  }
  if (text.trim() === '' && !mayBeMissing) problems.add(`${from}: the token file ${path} is empty`);
  return cleanToken(text, from, problems);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
