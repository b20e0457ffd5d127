/** Takes a body as it comes. */
export interface BodyReader {
  chunk(bytes: Uint8Array): void;
  end(): void;
  /** The connection broke, or the body was ended from this side with `error`. */
  fail(error: Error): void;
}

/** The part of undici's controller that a body needs. */
export interface Flow {
  pause(): void;
  resume(): void;
  abort(reason: Error): void;
}

const discardBytes = 64 * 1024;
const discardMs = 1000;

/** A body on its way. Stands still until it is read or discarded. */
export class IncomingBody {
  readonly #flow: Flow;
  #reader: BodyReader | undefined;
  #outcome: Error | 'ended' | undefined;

  constructor(
    flow: Flow,
    /** Name and port of the server. */
    readonly host: string,
  ) {
    this.#flow = flow;
  }

  read(reader: BodyReader): void {
    this.#reader = reader;
    // The connection may have broken before anybody looked.
    if (this.#outcome === 'ended') reader.end();
    else if (this.#outcome !== undefined) reader.fail(this.#outcome);
    else this.#flow.resume();
  }

  /** Lets a short rest pass, so that the connection can be used again; ends the connection of a longer one. */
  discard(): Promise<void> {
    return new Promise((resolve) => {
      let bytes = 0;
      const timer = setTimeout(() => this.abort(new Error('discarded')), discardMs);
      const over = (): void => {
        clearTimeout(timer);
        resolve();
      };
      this.read({
        chunk: (chunk) => {
          bytes += chunk.byteLength;
          if (bytes > discardBytes) this.abort(new Error('discarded'));
        },
        end: over,
        fail: over,
      });
    });
  }

  pause(): void {
    this.#flow.pause();
  }

  resume(): void {
    this.#flow.resume();
  }

  /** Ends the connection. */
  abort(reason: Error): void {
    this.#flow.abort(reason);
    this.fail(reason);
  }

  push(chunk: Uint8Array): void {
    this.#reader?.chunk(chunk);
  }

  end(): void {
    if (this.#outcome !== undefined) return;
    this.#outcome = 'ended';
    this.#reader?.end();
  }

  fail(error: Error): void {
    if (this.#outcome !== undefined) return;
    this.#outcome = error;
    this.#reader?.fail(error);
  }
}
