import type { FrameworkChoice } from '../repo/frameworks.js';

/** Every setting, read once and validated once. See docs/settings.md for names, variables and defaults. */
export interface Settings {
  /** Absolute path of the cache root (what `HF_HUB_CACHE` names). */
  readonly cacheDir: string;
  /** Caches that are read before the network and never written: absolute paths. */
  readonly readCaches: readonly string[];
  /** At least one; tried in this order. */
  readonly endpoints: readonly Endpoint[];
  /** Proxy for plain-http addresses. */
  readonly httpProxy: string | undefined;
  /** Proxy for https addresses. */
  readonly httpsProxy: string | undefined;
  /** What is asked without a proxy, as `NO_PROXY` lists it. */
  readonly noProxy: readonly string[];
  /** Whom to trust instead of the usual authorities: absolute paths. */
  readonly certificateFile: string | undefined;
  readonly certificateFolders: readonly string[];
  /** Whom to trust besides. */
  readonly extraCertificateFile: string | undefined;
  readonly token: string | undefined;
  /** Where a token is kept, whether or not there is one, and whether or not another one counts: an absolute path. */
  readonly tokenFile: string;
  readonly force: boolean;
  readonly offline: boolean;
  /** Further tries after the first. */
  readonly retries: number;
  readonly retryForMs: number;
  readonly stallTimeoutMs: number;
  /** How long a server may take to its headers: the larger of the stall timeout and `HF_HUB_DOWNLOAD_TIMEOUT`. */
  readonly headersTimeoutMs: number;
  /** Bounds the look-up of a ref when the cache holds an answer. */
  readonly etagTimeoutMs: number;
  /** Connections in all; undefined: as many as help. */
  readonly concurrency: number | undefined;
  /** Bytes a second of all connections together; undefined: no limit. */
  readonly limitRate: number | undefined;
  /** Of models: whose weights. */
  readonly framework: FrameworkChoice;
  readonly symlinks: boolean;
  /** Of a dataset, or of several quantisations, more bytes than this are fetched only after a yes. */
  readonly sizeGuard: number;
  /** What would ask for a yes, because it destroys something or fetches a lot, does so without a question. */
  readonly yes: boolean;
  /** What was used so recently is in use. */
  readonly graceMs: number;
  /** What the cache may take at most, in bytes or as a share (0 to 1) of its disk; undefined: no limit. */
  readonly maxSize: { readonly bytes: number } | { readonly ofDisk: number } | undefined;
  /** What was not used for so long is too much; undefined: nothing is. */
  readonly olderThanMs: number | undefined;
  /** Of a mirror: what a repo's wanted files may have together, and a run may fetch; undefined: no limit. Bytes. */
  readonly maxRepoSize: number | undefined;
  readonly maxTotal: number | undefined;
  /** Bytes that a mirror leaves free on the disk; undefined: none. */
  readonly reserve: number | undefined;
  /** Of a branch that is mirrored so many commits stay, the newest; undefined: all. */
  readonly keepRevisions: number | undefined;
  /** To which file a mirror appends what it does: an absolute path. */
  readonly log: string | undefined;
  /** A lock that is not what the manifest asks for is an error, and is not made anew. */
  readonly locked: boolean;
  /** The lock is followed as it is; no ref and no listing is asked for. */
  readonly frozen: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly json: boolean;
  readonly progress: 'auto' | 'bar' | 'plain' | 'json' | 'none';
}

/** A hub, or a mirror of one. */
export interface Endpoint {
  /** Base address, without a trailing slash. */
  readonly url: string;
  readonly sendsToken: boolean;
  /** A project named it, and the user did not: what it says of a commit is not kept for others who share the cache. */
  readonly ofProject?: true;
}

/** Where a value came from: the flag, the variable, or the file that gave it. */
export interface Origin {
  readonly kind: 'flag' | 'environment' | 'file' | 'default';
  /** `--cache-dir`, `HF_HUB_CACHE`, the path of the config or token file; of a default empty, or the variable that shapes it. */
  readonly name: string;
}
