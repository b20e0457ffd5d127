import { createHash } from 'node:crypto';
import type { RepoFile } from './repos.js';

/** How long a signed URL lives: so many requests, or so many ms. Without either, an hour. */
export interface UrlLifetime {
  readonly uses?: number;
  readonly ms?: number;
}

/** A file that a signed URL gives access to. */
export interface Grant {
  readonly repo: string;
  readonly path: string;
  readonly file: RepoFile;
}

interface IssuedGrant extends Grant {
  readonly expiresAtMs: number;
  usesLeft: number;
}

/** The addresses that the hub hands out for its CDN: whoever has one may read that file until it expires. */
export class SignedUrls {
  constructor(public lifetime: UrlLifetime = {}) {}

  #issued = new Map<string, IssuedGrant>();

  /** The path and query of a new address. */
  issue(grant: Grant, sha256: string): string {
    const { uses = Infinity, ms = 3_600_000 } = this.lifetime;
    const signature = createHash('sha1').update(`signature ${this.#issued.size}`).digest('base64url');
    const expiresAtMs = Date.now() + ms;
    this.#issued.set(signature, { ...grant, expiresAtMs, usesLeft: uses });
    const query = new URLSearchParams({
      'X-Amz-Date': new Date().toISOString().replace(/[-:]|\.\d+/g, ''),
      'response-content-disposition': `inline; filename*=UTF-8''${encodeURIComponent(grant.path)}`,
      Expires: String(Math.ceil(expiresAtMs / 1000)),
      Signature: signature,
      'Key-Pair-Id': 'LOOPBACK',
    });
    return `/xet-bridge/${sha256.slice(0, 24)}/${sha256}?${query.toString()}`;
  }

  /** What an address was issued for, be it alive or not. */
  find(url: URL): Grant | undefined {
    return this.#issued.get(url.searchParams.get('Signature') ?? '');
  }

  /** Counts one request. False: the address is unknown or has expired. */
  use(url: URL): boolean {
    const grant = this.#issued.get(url.searchParams.get('Signature') ?? '');
    if (grant === undefined || grant.usesLeft <= 0 || Date.now() >= grant.expiresAtMs) return false;
    grant.usesLeft -= 1;
    return true;
  }

  expire(url: URL): void {
    const grant = this.#issued.get(url.searchParams.get('Signature') ?? '');
    if (grant !== undefined) grant.usesLeft = 0;
  }

  /** Ends all addresses that were handed out so far. */
  expireAll(): void {
    for (const grant of this.#issued.values()) grant.usesLeft = 0;
  }
}
