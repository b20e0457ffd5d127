import { Readable, pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { createTarDecoder } from 'modern-tar';
import { ExitCode, HubError } from '../../errors.js';
import { type BundleEntry, understand } from './bundle-entry.js';

/** An entry of a bundle, understood, and its bytes. Those must be read, or skipped, before the next one is asked for. */
export interface ReadEntry {
  readonly name: string;
  /** As its header has it, in bytes. */
  readonly size: number;
  readonly entry: BundleEntry;
  readonly body: AsyncIterable<Uint8Array>;
  readonly skip: () => Promise<void>;
}

/** It is no tar, it ends too early, or what it says of itself can't be. */
class BadBundle extends HubError {
  readonly code = 'bad-bundle';
  readonly exitCode = ExitCode.integrity;
}

/**
 * Reads a tar, packed by gzip or not, entry by entry, in constant memory.
 *
 * @param name  for messages
 * @throws BadBundle
 */
export async function* readBundle(source: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<ReadEntry> {
  const bytes = unpacked(await peek(source));
  const entries = Readable.toWeb(bytes).pipeThrough(createTarDecoder({ strict: true }));
  const reader = entries.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const { header, body } = value;
      const { name: path, size, type = 'file', linkname = '' } = header;
      yield {
        name: path,
        size,
        entry: understand({ name: path, type, target: linkname }),
        body: bodyOf(body, name),
        skip: () => drain(bodyOf(body, name)),
      };
    }
  } catch (error) {
    throw asBadBundle(error, name);
  } finally {
    await reader.cancel().catch(() => undefined);
    bytes.destroy();
  }
}

/** Not by `cancel`: modern-tar may have gone on to the next entry already, and would cancel that one's body. */
async function drain(body: AsyncIterable<Uint8Array>): Promise<void> {
  const chunks = body[Symbol.asyncIterator]();
  while ((await chunks.next()).done !== true);
}

async function* bodyOf(body: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of body) yield chunk;
  } catch (error) {
    throw asBadBundle(error, name);
  }
}

interface Peeked {
  readonly first: Uint8Array;
  readonly all: AsyncIterable<Uint8Array>;
}

async function peek(source: AsyncIterable<Uint8Array>): Promise<Peeked> {
  const chunks = source[Symbol.asyncIterator]();
  let first: Uint8Array = new Uint8Array();
  while (first.byteLength < 2) {
    const next = await chunks.next();
    if (next.done === true) break;
    first = Buffer.concat([first, next.value]);
  }
  return { first, all: joined(first, { [Symbol.asyncIterator]: () => chunks }) };
}

async function* joined(first: Uint8Array, rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield first;
  yield* rest;
}

/** gzip by its magic number (RFC 1952, 2.3.1), whatever the file is called. */
function unpacked({ first, all }: Peeked): Readable {
  const packed = Readable.from(all, { objectMode: false });
  if (first[0] !== 0x1f || first[1] !== 0x8b) return packed;
  // A failure of either side comes out of the one that is read.
  return pipeline(packed, createGunzip(), () => undefined);
}

/** What the libraries throw are plain errors; the disk's are known by their codes, and stay as they are. */
function asBadBundle(error: unknown, name: string): unknown {
  if (error instanceof HubError || !(error instanceof Error)) return error;
  if ('code' in error && typeof error.code === 'string' && /^E[A-Z0-9]+$/.test(error.code)) return error;
  return new BadBundle(`${name}: not a tar, or a damaged one: ${error.message}`, {
    hint: 'Nothing of a commit that had not come whole was put into the cache. Bring the file over once more.',
    cause: error,
  });
}
