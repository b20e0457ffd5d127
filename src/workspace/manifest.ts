import { parse, TomlError } from 'smol-toml';
import { UsageError } from '../errors.js';
import { baseAddress } from '../repo/base-address.js';
import { repoPath } from '../repo/reference.js';
import type { Entry, Manifest } from './entry.js';
import { type PlacedEntry, findClashes, isSameEntry } from './entry-clashes.js';
import { readDefaults, readEntry } from './manifest-entry.js';
import { ManifestFaults, shown } from './manifest-faults.js';
import { defaultsSchema, entrySchema, manifestSchema } from './manifest-schema.js';

/**
 * Reads the text of a hub.toml. What the user's own settings say counts for nothing here: a project means the same
 * everywhere. Without any `[[repo]]` it is empty.
 *
 * @param path  of the file, for messages
 * @throws UsageError  that tells every mistake: which entry, which key, and what was meant
 */
export function parseManifest(text: string, path: string): Manifest {
  const { endpoints, placed, faults } = readText(text, path);
  for (const clash of findClashes(placed)) faults.add('', clash);
  faults.throwIfAny();
  return { endpoints, entries: placed.map(({ entry }) => entry) };
}

/** No TOML. */
export class ManifestSyntax extends UsageError {}

/** An entry that is to be added, beside those that a hub.toml has. */
export interface Addition {
  readonly entry: Entry;
  /** One of the others asks for the same. */
  readonly isThere: boolean;
  /** Of the others, those of the same repo, as messages call them. */
  readonly ofSameRepo: readonly string[];
}

/**
 * Reads the text of a hub.toml to whose end a `[[repo]]` was added.
 *
 * @throws UsageError  as `parseManifest`
 */
export function parseAddition(text: string, path: string): Addition {
  const { placed, faults } = readText(text, path);
  faults.throwIfAny();
  const others = placed.slice(0, -1);
  const added = placed.at(-1);
  if (added === undefined) throw new Error('no entry was added');
  const { entry } = added;
  const isThere = others.some((other) => isSameEntry(other.entry, entry));
  if (!isThere) for (const clash of findClashes(placed)) faults.add('', clash);
  faults.throwIfAny();
  const isOfSameRepo = (other: Entry) => repoPath(other.repo) === repoPath(entry.repo);
  return { entry, isThere, ofSameRepo: others.flatMap((it) => (isOfSameRepo(it.entry) ? it.where : [])) };
}

function readText(text: string, path: string) {
  const values = parseToml(text, path);
  const faults = new ManifestFaults(path);
  const endpoints = readEndpoints(faults.parse('', manifestSchema, values)?.endpoints ?? [], faults);
  const ofDefaults = { where: '[defaults]', faults };
  const writtenDefaults = faults.parse(ofDefaults.where, defaultsSchema, values['defaults'] ?? {});
  const defaults = readDefaults(writtenDefaults ?? {}, ofDefaults);
  // A mistake elsewhere in the file is no reason to leave its entries unread.
  const tables = Array.isArray(values['repo']) ? (values['repo'] as readonly unknown[]) : [];
  const placed = tables.flatMap((table, index): PlacedEntry[] => {
    const where = placeOf(table, index + 1);
    const before = faults.count;
    const written = faults.parse(where, entrySchema, table);
    const entry = written && readEntry(written, { defaults, endpoints, where, faults });
    // What is left of an entry with a mistake is not what was meant: it clashes with none.
    return entry === undefined || faults.count > before ? [] : [{ where, entry }];
  });
  return { endpoints, placed, faults };
}

/** @throws ManifestSyntax */
function parseToml(text: string, path: string): Readonly<Record<string, unknown>> {
  try {
    return parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    throw new ManifestSyntax(`${path}:${error.line}:${error.column}: ${error.message.split('\n', 1)[0] ?? ''}`);
  }
}

function readEndpoints(written: readonly string[], faults: ManifestFaults): readonly string[] {
  const endpoints = written.flatMap((text) => {
    const url = faults.try('endpoints', () =>
      baseAddress(text.trim(), (allowed) => {
        throw new UsageError(`${shown(text)} is not ${allowed}`);
      }),
    );
    return url ?? [];
  });
  return [...new Set(endpoints)];
}

/** `[[repo]] 2 "hf:facebook/opt-13b"`: entries have no names, so their order has to do. */
function placeOf(table: unknown, number: number): string {
  const source = typeof table === 'object' && table !== null && 'source' in table ? table.source : undefined;
  return `[[repo]] ${number}${typeof source === 'string' ? ` ${shown(source)}` : ''}`;
}
