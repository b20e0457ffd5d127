import { type Digest, formatDigest } from '../repo/digest.js';
import { ExitCode, HubError } from '../errors.js';
import { ExchangeError } from '../net/errors.js';
import type { RepoId } from '../repo/reference.js';

/** The hub has no such repo, or denies it to this caller: it does not tell which. */
export class RepoNotFound extends HubError {
  readonly code = 'repo-not-found';
  readonly exitCode = ExitCode.notFound;
  readonly #options: RepoNotFoundOptions;

  constructor(options: RepoNotFoundOptions) {
    const { repo, host, anonymous, similar = [] } = options;
    const cure = anonymous
      ? 'If it is private, give a token: HF_TOKEN, --token, or `hub auth login`.'
      : 'If it is private, the token in use has no right to see it.';
    const found = similar.length === 0 ? '' : ` Did you mean: ${similar.join(', ')}?`;
    super(`${describeRepo(repo)} is not on ${host}, or is private`, {
      hint: `Look at its spelling and type (--type). ${cure}${found}`,
    });
    this.#options = options;
  }

  /** @param similar  repos that may have been meant, as a person would name them */
  suggesting(similar: readonly string[]): RepoNotFound {
    return new RepoNotFound({ ...this.#options, similar });
  }
}

interface RepoNotFoundOptions {
  repo: RepoId;
  host: string;
  anonymous: boolean;
  similar?: readonly string[];
}

export class RevisionNotFound extends HubError {
  readonly code = 'revision-not-found';
  readonly exitCode = ExitCode.notFound;

  constructor({ repo, host, revision }: { repo: RepoId; host: string; revision: string }) {
    super(`${describeRepo(repo)} has no revision ${JSON.stringify(revision)} on ${host}`, {
      hint: revision.startsWith('refs/convert/')
        ? 'The hub has made no such copy of it, or not yet: take the repo as it is, without --parquet.'
        : 'A revision is a branch, a tag, a commit, or refs/pr/N.',
    });
  }
}

export class FileNotFound extends HubError {
  readonly code = 'file-not-found';
  readonly exitCode = ExitCode.notFound;

  constructor({ repo, host, path }: { repo: RepoId; host: string; path: string }) {
    super(`${describeRepo(repo)} has no file ${JSON.stringify(path)} on ${host}`);
  }
}

export class BadToken extends HubError {
  readonly code = 'bad-token';
  readonly exitCode = ExitCode.access;

  constructor({ host, origin }: { host: string; origin: string }) {
    super(`${host} does not accept the token`, {
      hint:
        `It may have expired or been revoked. Make a new one at ${origin}/settings/tokens, then log in with it ` +
        '(`hub auth login`), or put it where the old one comes from: --token, HF_TOKEN, --token-file.',
    });
  }
}

/** The repo's owners let in only those who asked. */
export class Gated extends HubError {
  readonly code = 'gated';
  readonly exitCode = ExitCode.access;

  constructor({ repo, page, anonymous }: { repo: RepoId; page: string; anonymous: boolean }) {
    super(`${describeRepo(repo)} is gated: its files are for those who were given access`, {
      hint: `Ask for access at ${page}${anonymous ? ', then give a token: HF_TOKEN, --token, or `hub auth login`' : ''}.`,
    });
  }
}

/** The hub took the repo down. */
export class Disabled extends HubError {
  readonly code = 'disabled';
  readonly exitCode = ExitCode.access;

  constructor({ repo, page }: { repo: RepoId; page: string }) {
    super(`${describeRepo(repo)} is disabled`, { hint: `Its page may say why: ${page}` });
  }
}

/** No right to a repo that is known to exist. */
export class AccessDenied extends HubError {
  readonly code = 'access-denied';
  readonly exitCode = ExitCode.access;

  constructor({ repo, host, page, said, anonymous }: AccessDeniedOptions) {
    super(`${host} denies access to ${describeRepo(repo)}${said === '' ? '' : `: ${said}`}`, {
      hint: anonymous
        ? `It may want a token: HF_TOKEN, --token, or \`hub auth login\`. See ${page}`
        : `The token in use may lack the right to read it: see ${page}`,
    });
  }
}

interface AccessDeniedOptions {
  repo: RepoId;
  host: string;
  page: string;
  said: string;
  anonymous: boolean;
}

/** A status that no rule of the hub explains. */
export class UnexpectedStatus extends ExchangeError {
  readonly code = 'unexpected-status';
  readonly exitCode = ExitCode.network;

  constructor({ host, url, status, said }: { host: string; url: string; status: number; said: string }) {
    super(`${url} answered ${status}${said === '' ? '' : `: ${said}`}`, { host, why: `answered ${status}` });
  }
}

/** JSON that lacks what it must have, or a page link that leads elsewhere. */
export class UnexpectedAnswer extends ExchangeError {
  readonly code = 'unexpected-answer';
  readonly exitCode = ExitCode.integrity;

  /** @param field  path of the field, `[3].size`; empty for the whole answer */
  constructor({ host, url, field, problem }: { host: string; url: string; field: string; problem: string }) {
    super(`${url}: ${field === '' ? 'the answer' : `the field ${field}`} ${problem}`, {
      host,
      why: 'sent an answer that makes no sense',
      hint: 'This endpoint does not speak the protocol of the hub as it should. Another one may: --endpoint.',
    });
  }
}

/** A server's length of a file contradicts the listing. */
export class WrongSize extends ExchangeError {
  readonly code = 'wrong-size';
  readonly exitCode = ExitCode.integrity;
  override readonly retryable = true;

  /** @param digests  of the listed file, and of the server's, as its etag tells it: where both are known */
  constructor({ host, path, listed, served, digests }: WrongSizeOptions) {
    const sizes = `${host} has ${served} instead of the ${listed} bytes that are listed`;
    const named =
      digests === undefined ? '' : ` (${formatDigest(digests.served)} instead of ${formatDigest(digests.listed)})`;
    super(`${path}: ${sizes}${named}`, {
      host,
      why: `has ${served} instead of ${listed} bytes`,
      hint: 'Another endpoint may be sound: try --endpoint. Nothing wrong was stored.',
    });
  }
}

interface WrongSizeOptions {
  readonly host: string;
  readonly path: string;
  readonly listed: number;
  readonly served: string;
  readonly digests?: { readonly listed: Digest; readonly served: Digest };
}

/** Other bytes than those asked for, or encoded ones. */
export class WrongContent extends ExchangeError {
  readonly code = 'wrong-content';
  readonly exitCode = ExitCode.integrity;
  override readonly retryable = true;

  constructor({ host, path, why }: { host: string; path: string; why: string }) {
    super(`${path}: ${host} ${why}`, { host, why });
  }
}

/** The address that the hub gave for a file's bytes was refused right after it had been given. */
export class FileAddressRefused extends ExchangeError {
  readonly code = 'file-address-refused';
  readonly exitCode = ExitCode.network;
  override readonly retryable = true;

  constructor({ host, path, status }: { host: string; path: string; status: number }) {
    super(`${path}: ${host} refuses the address that the hub gave for it (${status})`, {
      host,
      why: `refuses the file's address (${status})`,
      hint: 'A wrong clock makes signed addresses expire early, on this machine or at the server.',
    });
  }
}

/** One read already brings the whole file, since this server sends it whole whatever is asked for. */
export class RangeIgnored extends ExchangeError {
  readonly code = 'range-ignored';
  readonly exitCode = ExitCode.network;
  override readonly retryable = true;
  override readonly spendsTry = false;

  constructor({ host, path }: { host: string; path: string }) {
    super(`${path}: ${host} sends only whole files`, { host, why: 'sends only whole files' });
  }
}

function describeRepo({ type, name }: RepoId): string {
  return `${type} ${name}`;
}
