import { maskSecrets } from './problems.js';
import type { Origin, Settings } from './settings.js';

/** A setting as a person, or a script, reads it. */
export interface DescribedSetting {
  /** Its config key, or the variable where it has none. */
  readonly name: string;
  /** Sizes in bytes, times in seconds; null: not set. No secret. */
  readonly value: string | number | boolean | readonly string[] | null;
  /** `value` as it could be set again; nothing for one that is not set. */
  readonly text: readonly string[];
  readonly origin: Origin;
}

type Form = 'plain' | 'time' | 'secret' | 'address' | 'negated';

/** Under which name each setting is shown, and how. */
const shown: Readonly<Record<keyof Settings, readonly [name: string, form?: Form]>> = {
  cacheDir: ['cache-dir'],
  readCaches: ['read-caches'],
  endpoints: ['endpoints'],
  token: ['token', 'secret'],
  tokenFile: ['token-file'],
  httpProxy: ['http_proxy', 'address'],
  httpsProxy: ['https_proxy', 'address'],
  noProxy: ['no_proxy'],
  certificateFile: ['SSL_CERT_FILE'],
  certificateFolders: ['SSL_CERT_DIR'],
  extraCertificateFile: ['NODE_EXTRA_CA_CERTS'],
  framework: ['framework'],
  sizeGuard: ['size-guard'],
  force: ['force'],
  offline: ['offline'],
  retries: ['retries'],
  retryForMs: ['retry-for', 'time'],
  stallTimeoutMs: ['stall-timeout', 'time'],
  headersTimeoutMs: ['HF_HUB_DOWNLOAD_TIMEOUT', 'time'],
  etagTimeoutMs: ['HF_HUB_ETAG_TIMEOUT', 'time'],
  concurrency: ['concurrency'],
  limitRate: ['limit-rate'],
  symlinks: ['HF_HUB_DISABLE_SYMLINKS', 'negated'],
  yes: ['yes'],
  graceMs: ['grace', 'time'],
  maxSize: ['max-size'],
  olderThanMs: ['older-than', 'time'],
  maxRepoSize: ['max-repo-size'],
  maxTotal: ['max-total'],
  reserve: ['reserve'],
  keepRevisions: ['keep-revisions'],
  log: ['log'],
  locked: ['locked'],
  frozen: ['frozen'],
  quiet: ['quiet'],
  verbose: ['verbose'],
  json: ['json'],
  progress: ['progress'],
};

/** All settings, in the order in which a person looks for them. No token and no password is in it. */
export function describeSettings({
  settings,
  origins,
}: {
  settings: Settings;
  origins: Readonly<Record<keyof Settings, Origin>>;
}): DescribedSetting[] {
  return (Object.keys(shown) as (keyof Settings)[]).map((key) => {
    const [name, form = 'plain'] = shown[key];
    const value = valueOf(settings[key], form);
    return { name, value, text: textOf(value, form), origin: origins[key] };
  });
}

function valueOf(value: Settings[keyof Settings], form: Form): DescribedSetting['value'] {
  if (value === undefined) return null;
  if (typeof value === 'object') return 'map' in value ? namesOf(value) : sizeOrShare(value);
  switch (form) {
    case 'time':
      return Number(value) / 1000;
    case 'negated':
      return value !== true;
    case 'secret':
      return maskToken(String(value));
    case 'address':
      return maskSecrets(String(value)).slice(1, -1);
    case 'plain':
      return value;
  }
}

function namesOf(list: readonly (string | { readonly url: string })[]): readonly string[] {
  return list.map((one) => (typeof one === 'string' ? one : one.url));
}

function sizeOrShare(size: { readonly bytes: number } | { readonly ofDisk: number }): number | string {
  return 'bytes' in size ? size.bytes : `${String(size.ofDisk * 100)}%`;
}

function textOf(value: DescribedSetting['value'], form: Form): readonly string[] {
  if (value === null) return [];
  if (form === 'time') return [`${String(value)}s`];
  return typeof value === 'object' ? value : [String(value)];
}

/** Enough of a long token for its owner to know it again. */
function maskToken(token: string): string {
  return token.length < 20 ? '***' : `${token.slice(0, 3)}***${token.slice(-4)}`;
}
