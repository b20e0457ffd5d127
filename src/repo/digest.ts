/** What a file's bytes are promised to be, or were computed to be. `hex` is lower case. */
export interface Digest {
  readonly algorithm: 'sha256' | 'git-sha1';
  readonly hex: string;
}

/** `sha256:<hex>` or `git-sha1:<hex>`, as in the JSON documents. */
export function formatDigest({ algorithm, hex }: Digest): string {
  return `${algorithm}:${hex}`;
}

/** The inverse of `formatDigest`; undefined for anything else. */
export function parseDigest(text: string): Digest | undefined {
  const match = /^(?:(sha256):([0-9a-f]{64})|(git-sha1):([0-9a-f]{40}))$/.exec(text);
  if (match === null) return undefined;
  const [, sha256, sha256Hex, , gitHex] = match;
  return sha256 === undefined
    ? { algorithm: 'git-sha1', hex: gitHex ?? '' }
    : { algorithm: 'sha256', hex: sha256Hex ?? '' };
}

export function sameDigest(a: Digest, b: Digest): boolean {
  return a.algorithm === b.algorithm && a.hex === b.hex;
}
