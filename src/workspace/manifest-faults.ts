import type * as z from 'zod/mini';
import { UsageError } from '../errors.js';
import { nearest } from '../repo/nearest.js';

const shownLength = 120;

/** Gathers what is wrong with a hub.toml, so that a person learns all of it at once. */
export class ManifestFaults {
  readonly #messages: string[] = [];

  /** @param path  of the file, for the message */
  constructor(private readonly path: string) {}

  /** @param where  in the file: `[defaults]`, or an entry; empty: at its top */
  add(where: string, what: string): void {
    // A line is one mistake, whatever the text that it cites.
    const line = [where, what].filter((part) => part !== '').join(': ');
    this.#messages.push(line.replaceAll('\n', '\\n').replaceAll('\r', '\\r'));
  }

  /** How many there are so far. */
  get count(): number {
    return this.#messages.length;
  }

  /**
   * What of a table is as the schema asks, so that a mistake in one key hides none in another; undefined where a key is
   * missing, or it is no table.
   */
  parse<Value>(where: string, schema: z.ZodMiniType<Value>, raw: unknown): Value | undefined {
    const parsed = schema.safeParse(raw);
    if (parsed.success) return parsed.data;
    for (const issue of parsed.error.issues) {
      if (issue.code !== 'unrecognized_keys') this.add(where, describeIssue(issue, raw));
      else for (const key of issue.keys) this.add(where, describeUnknownKey(key, knownKeys(schema)));
    }
    return schema.safeParse(soundPart(raw, parsed.error.issues)).data;
  }

  /** What `read` gives, unless it finds a mistake. The flags that its message speaks of are keys here. */
  try<Value>(where: string, read: () => Value): Value | undefined {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      this.add(where, error.message.replaceAll(flagOfKey, '$1'));
      return undefined;
    }
  }

  /** @throws UsageError  with all that was added, if anything was */
  throwIfAny(): void {
    const [only, ...others] = this.#messages;
    if (only === undefined) return;
    if (others.length === 0) throw new UsageError(`${this.path}: ${only}`);
    throw new UsageError(`${this.path} has ${others.length + 1} mistakes:\n  ${[only, ...others].join('\n  ')}`);
  }
}

/** A value for a message: on one line, short, and without a password that an address may have. */
export function shown(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null && !(value instanceof Date)) return 'a table';
  const line = JSON.stringify(value);
  const masked = line.replaceAll(/:\/\/[^/\s]*@/g, '://***@');
  return masked.length > shownLength ? `${masked.slice(0, shownLength)}…` : masked;
}

const flagOfKey = /(?<![^\s(])--(type|revision|variant|quant|subset|split|parquet)\b/g;

function describeIssue({ path, message }: z.core.$ZodIssue, raw: unknown): string {
  const [key] = path;
  let value = raw;
  for (const step of path) value = (value as Record<PropertyKey, unknown> | undefined)?.[step];
  if (value === undefined) return `${String(key)} is missing: ${message}`;
  return key === undefined ? `${shown(value)} is not ${message}` : `${String(key)}: ${shown(value)} is not ${message}`;
}

/** A table without the keys that there are issues with. */
function soundPart(raw: unknown, issues: readonly z.core.$ZodIssue[]): unknown {
  if (typeof raw !== 'object' || raw === null) return undefined;
  const faulty = issues.flatMap((issue) => (issue.code === 'unrecognized_keys' ? issue.keys : [issue.path[0]]));
  return Object.fromEntries(Object.entries(raw).filter(([key]) => !faulty.includes(key)));
}

function knownKeys(schema: z.ZodMiniType): readonly string[] {
  return 'shape' in schema ? Object.keys(schema.shape as object) : [];
}

function describeUnknownKey(key: string, known: readonly string[]): string {
  const dashed = key.replaceAll('_', '-').toLowerCase();
  const meant = known.includes(dashed) ? dashed : nearest(dashed, known)[0];
  const hint = meant === undefined ? `there may be ${known.join(', ')}` : `did you mean "${meant}"?`;
  return `unknown key ${shown(key)}, ${hint}`;
}
