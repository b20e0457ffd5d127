import { createCipheriv, createHash } from 'node:crypto';
import { open, stat } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';

/** The bytes of a file, readable anywhere without holding them. */
export interface Content {
  readonly size: number;
  /** Equal for equal content, so that digests are computed once. Stable between runs: commits are made of it. */
  readonly key: string;
  /** The bytes `[start, end)`. */
  read(start: number, end: number): Buffer | Promise<Buffer>;
}

export function contentOfBytes(bytes: string | Uint8Array): Content {
  const buffer = Buffer.from(bytes);
  return {
    size: buffer.length,
    key: `bytes:${createHash('sha256').update(buffer).digest('hex')}`,
    read: (start, end) => buffer.subarray(start, end),
  };
}

/** `size` pseudo-random bytes, the same for the same seed: AES in counter mode, which can begin at any block. */
export function generatedContent({ size, seed }: { size: number; seed: number }): Content {
  const key = createHash('md5').update(`seed ${seed}`).digest();
  return {
    size,
    key: `generated:${seed}:${size}`,
    read(start, end) {
      const blockBytes = 16;
      const counter = Buffer.alloc(blockBytes);
      counter.writeBigUInt64BE(BigInt(Math.floor(start / blockBytes)), 8);
      const skipped = start % blockBytes;
      const stream = createCipheriv('aes-128-ctr', key, counter).update(Buffer.alloc(skipped + end - start));
      return stream.subarray(skipped);
    },
  };
}

/** A file on disk, read as it is asked for. It must not change while the hub serves it. */
export async function contentOfFile(path: string): Promise<Content> {
  const { size } = await stat(path);
  const read = async (start: number, end: number): Promise<Buffer> => {
    const file = await open(path);
    try {
      const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(end - start), 0, end - start, start);
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  };
  return { size, key: `bytes:${await hash('sha256', '', { size, read })}`, read };
}

/** All bytes at once, for tests that compare small files. */
export async function bytesOf(content: Content): Promise<Buffer> {
  return content.read(0, content.size);
}

/** Hex sha-256 of the content: what an LFS file is named by. */
export function sha256Of(content: Content): Promise<string> {
  return once(`sha256 ${content.key}`, () => hash('sha256', '', content));
}

/** Git's id of the content as a blob: hex sha-1 of `blob <size>\0` and the bytes. */
export function gitOidOf(content: Content): Promise<string> {
  return once(`git ${content.key}`, () => hash('sha1', `blob ${content.size}\0`, content));
}

/** What git holds instead of an LFS file. https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md */
export async function lfsPointerOf(content: Content): Promise<Content> {
  const oid = await sha256Of(content);
  return contentOfBytes(`version https://git-lfs.github.com/spec/v1\noid sha256:${oid}\nsize ${content.size}\n`);
}

/** Shared by all hubs of a process: the tests of one file often serve the same large content again. */
const digests = new Map<string, Promise<string>>();

function once(key: string, compute: () => Promise<string>): Promise<string> {
  const known = digests.get(key);
  if (known !== undefined) return known;
  const digest = compute();
  digests.set(key, digest);
  return digest;
}

async function hash(algorithm: 'sha256' | 'sha1', prefix: string, content: Omit<Content, 'key'>): Promise<string> {
  const digest = createHash(algorithm).update(prefix);
  const sliceBytes = 1024 * 1024;
  for (let start = 0; start < content.size; start += sliceBytes) {
    digest.update(await content.read(start, Math.min(content.size, start + sliceBytes)));
    // A gigabyte takes a second: others on this event loop go on meanwhile.
    await setImmediate();
  }
  return digest.digest('hex');
}
