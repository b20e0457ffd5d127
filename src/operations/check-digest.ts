import { abortReason } from '../errors.js';
import type { Digest } from '../repo/digest.js';
import { DigestThread } from '../transfer/digest-thread.js';
import { Front, InlineHasher, type PrefixHasher } from '../transfer/prefix-hasher.js';

/** So much is read before anyone can call it off; also what the digest thread reads in one go. */
const stretchBytes = 64 * 1024 * 1024;
/** The digest of a file up to this size is ready before another thread would have begun. */
const inlineBytes = 8 * 1024 * 1024;

/** A file whose bytes can't be had. */
export class UnreadableFile extends Error {
  override readonly name = 'UnreadableFile';
}

interface CheckOptions {
  /** Brings the bytes of a range into the file, before they are read. */
  readonly bring?: (start: number, end: number) => Promise<void>;
  /** Told how many more bytes are checked. */
  readonly checked: (bytes: number) => void;
  readonly signal: AbortSignal;
}

/**
 * The digest of an open file, in hex; hashed on a thread of its own if it is large.
 *
 * @throws HubError  the signal's reason
 * @throws UnreadableFile  it can't be read, or ends too early
 */
export async function digestOf(
  descriptor: number,
  { algorithm, size }: { algorithm: Digest['algorithm']; size: number },
  { bring, checked, signal }: CheckOptions,
): Promise<string> {
  const thread = new DigestThread();
  const file = { algorithms: [algorithm], fileBytes: size };
  const hasher = size > inlineBytes ? thread.hasher(file) : new InlineHasher(file);
  let hashing = Promise.resolve();
  try {
    // While one stretch is hashed the next one may come.
    for (let start = 0; start < size; start += stretchBytes) {
      const end = Math.min(start + stretchBytes, size);
      await bring?.(start, end);
      await hashing;
      if (signal.aborted) throw abortReason(signal);
      hashing = hash(hasher, descriptor, { start, end }).then(() => checked(end - start));
      // A failure comes out where it is awaited, be it later.
      hashing.catch(() => undefined);
    }
    await hashing;
    const [hex = ''] = await hasher.digests();
    return hex;
  } finally {
    await hashing.catch(() => undefined);
    await thread.close();
  }
}

async function hash(
  hasher: PrefixHasher,
  descriptor: number,
  { start, end }: { start: number; end: number },
): Promise<void> {
  const front = new Front();
  front.end = end;
  try {
    for (let offset = start; offset < end;) offset = await hasher.read(descriptor, offset, front);
  } catch (error) {
    throw new UnreadableFile(error instanceof Error ? error.message : String(error), { cause: error });
  }
}
