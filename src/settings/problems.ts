import { inspect } from 'node:util';
import { UsageError } from '../errors.js';
import type { Origin } from './settings.js';

/** Gathers what is wrong with the settings, so that a person learns all of it at once. */
export class Problems {
  /** One value may shape several settings; it is told once. */
  readonly #messages = new Set<string>();

  add(message: string): void {
    this.#messages.add(message);
  }

  /** @throws UsageError with all that was added, if anything was */
  throwIfAny(): void {
    const [only, ...others] = this.#messages;
    if (only === undefined) return;
    const message =
      others.length === 0 ? only : `${others.length + 1} settings are wrong:\n  ${[only, ...others].join('\n  ')}`;
    throw new UsageError(message, { hint: '"hub download --help" tells what each setting takes.' });
  }
}

/** How a person finds the place again: the flag, the variable, or the file and its key. */
export function describeOrigin({ kind, name }: Origin, key: string): string {
  return kind === 'file' ? `${name}: ${key}` : name;
}

const shownLength = 300;

/** A bad value for a message: without user, password or query of an address, and without what looks like a token. */
export function maskSecrets(raw: unknown): string {
  const text = typeof raw === 'string' ? raw : inspect(raw, { breakLength: Infinity });
  if (text.length > shownLength) return `a value of ${text.length} characters`;
  const masked = text
    // A password may have any character, a comma or a blank among them.
    .replace(/:\/\/.*@/s, '://***@')
    .replaceAll(/[^\s,"'[\]]+/g, (word) => word.replace(/^([a-z][\w+.-]*:\/\/)?.*@/i, '$1***@'))
    .replaceAll(/\?[^\s,"'[\]]+/g, '?***')
    .replaceAll(/hf_\w+/g, 'hf_***');
  return typeof raw === 'string' ? `"${masked}"` : masked;
}
