import type { ServerResponse } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import type { Effect } from './faults.js';
import type { Reply } from './replies.js';

export interface Sending {
  readonly response: ServerResponse;
  readonly effect: Effect;
  /** Bytes per second of this connection at this moment; undefined for no limit. */
  readonly rate: () => number | undefined;
  readonly sent: (bytes: number) => void;
  /** Aborted when the client has gone. */
  readonly signal: AbortSignal;
}

/** Sends the body of an answer whose headers are set, as far as the faults let it come. */
export async function sendBody({ content, start, end }: Reply, sending: Sending): Promise<void> {
  const { response, effect, signal } = sending;
  const { closeAfter = Infinity, resetAfter = Infinity, stallAfter = Infinity } = effect;
  const stopAt = Math.min(end, start + closeAfter, start + resetAfter);
  const pace = new Pace();

  response.flushHeaders();
  let position = start;
  while (position < stopAt) {
    if (position === start + stallAfter) await withSignal(effect.released, signal);
    const slice = await pace.allowance(sending.rate(), signal);
    const sliceEnd = Math.min(position + slice, stopAt, position < start + stallAfter ? start + stallAfter : Infinity);
    if (sliceEnd === position) continue;
    const bytes = flipped(await content.read(position, sliceEnd), effect.flipByteAt, position);
    await withSignal(written(response, bytes), signal);
    sending.sent(bytes.length);
    position = sliceEnd;
  }

  if (start + resetAfter <= stopAt && resetAfter !== Infinity) {
    // A reset throws away what the kernel has not delivered yet.
    await setTimeout(20, undefined, { signal });
    response.socket?.resetAndDestroy();
    return;
  }
  const saidLength = Number(response.getHeader('Content-Length') ?? end - start);
  // A client that was promised another length than it got must see the connection end, not wait for more.
  if (start + closeAfter <= stopAt || saidLength !== end - start) response.socket?.destroySoon();
  else response.end();
}

/** Lets bytes go in small slices, evenly, so that no more than a slice stands in socket buffers. */
class Pace {
  #nextAtMs = performance.now();

  /** How many bytes may be sent now; waits until that is so. 0: ask again. */
  async allowance(bytesPerSecond: number | undefined, signal: AbortSignal): Promise<number> {
    const largestSlice = 256 * 1024;
    const sliceMs = 25;
    if (bytesPerSecond === undefined) return largestSlice;
    if (bytesPerSecond === 0) {
      await setTimeout(sliceMs, undefined, { signal });
      return 0;
    }
    const now = performance.now();
    if (this.#nextAtMs > now) await setTimeout(this.#nextAtMs - now, undefined, { signal });
    const slice = Math.min(largestSlice, Math.max(1, Math.floor((bytesPerSecond * sliceMs) / 1000)));
    // Time that was lost long ago is not made up for in a burst.
    this.#nextAtMs = Math.max(this.#nextAtMs, now - 4 * sliceMs) + (slice / bytesPerSecond) * 1000;
    return slice;
  }
}

function flipped(bytes: Buffer, flipByteAt: number | undefined, position: number): Buffer {
  const at = (flipByteAt ?? -1) - position;
  const byte = bytes[at];
  if (byte === undefined) return bytes;
  const copy = Buffer.from(bytes);
  copy[at] = byte ^ 0xff;
  return copy;
}

/** The client closed or reset its connection: it may, at any time. */
export class ClientGone extends Error {
  constructor(options?: ErrorOptions) {
    super('the client has gone', options);
  }
}

/** Resolves when the kernel has the bytes. */
function written(response: ServerResponse, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    response.write(bytes, (error) => (error ? reject(new ClientGone({ cause: error })) : resolve()));
  });
}

/** The promise, but no longer than the client is there. */
export async function withSignal<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  // Who has gone is told once: what the promise itself makes of it is nobody's any more.
  promise.catch(() => undefined);
  signal.throwIfAborted();
  let gone: (() => void) | undefined;
  const left = new Promise<never>((_, reject) => {
    gone = () => reject(new ClientGone());
    signal.addEventListener('abort', gone, { once: true });
  });
  try {
    return await Promise.race([promise, left]);
  } finally {
    if (gone !== undefined) signal.removeEventListener('abort', gone);
  }
}
