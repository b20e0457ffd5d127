import type { IncomingBody } from './incoming-body.js';
import { type Delivery, type Inflow, RunGatherer } from './run-gatherer.js';

/**
 * Gathers a body into runs and pushes them to a sink, without a copy. What came before a failure is pushed too.
 *
 * @throws CutOff  it ended early or went silent; `WrongLength` it goes on beyond `bytes` (they are never pushed);
 *   what `sink.write` threw; the signal's `abortReason`
 */
export function deliver(body: IncomingBody, delivery: Delivery): Promise<void> {
  return new Promise((resolve, reject) => {
    const inflow = new Chunks(body);
    const gatherer = new RunGatherer(inflow, delivery, { resolve, reject });
    if (delivery.signal.aborted) return;
    body.read({
      chunk: (bytes) => {
        inflow.push(bytes);
        gatherer.arrived(bytes.byteLength);
      },
      end: () => gatherer.ended(),
      fail: (error) => gatherer.failed(error),
    });
  });
}

/** The chunks that undici allocates: they are kept until a run is cut from them, and are the collector's afterwards. */
class Chunks implements Inflow {
  readonly host: string;
  readonly #body: IncomingBody;
  #chunks: Uint8Array[] = [];

  constructor(body: IncomingBody) {
    this.host = body.host;
    this.#body = body;
  }

  push(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
  }

  pause(): void {
    this.#body.pause();
  }

  resume(): void {
    this.#body.resume();
  }

  abort(reason: Error): void {
    this.#body.abort(reason);
  }

  cut(bytes: number): readonly Uint8Array[] {
    const pieces: Uint8Array[] = [];
    for (let rest = bytes; rest > 0;) {
      const chunk = this.#chunks.shift();
      if (chunk === undefined) throw new Error('a run is longer than what has arrived');
      const piece = chunk.subarray(0, rest);
      if (piece.byteLength < chunk.byteLength) this.#chunks.unshift(chunk.subarray(piece.byteLength));
      pieces.push(piece);
      rest -= piece.byteLength;
    }
    return pieces;
  }

  release(): void {
    // Nothing refers to them any more.
  }
}
