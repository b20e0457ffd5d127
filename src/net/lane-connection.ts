import { type BlockStore, LaneMemory } from './lane-memory.js';

/** Who is told what comes over a connection. */
export interface LaneReader {
  /** `bytes` more lie in the connection's memory. @returns how many were taken; the rest waits for the next reader */
  arrived(bytes: number): number;
  /** The connection is over. Told once. */
  closed(error: Error): void;
}

/** The other side ended the connection. */
export class ClosedByPeer extends Error {
  override readonly name = 'ClosedByPeer';
  readonly code = 'CLOSED_BY_PEER';
}

/** The part of a socket that a connection needs. */
export interface LaneSocket {
  write(text: string, encoding: 'latin1'): unknown;
  pause(): unknown;
  resume(): unknown;
  ref(): unknown;
  unref(): unknown;
  destroy(): unknown;
}

/**
 * One connection of the fast lane. The system's reads go right into its memory, and all that is told of them is their
 * length.
 */
export class LaneConnection {
  readonly memory: LaneMemory;
  /** Carried an earlier request: the server may close it just as the next one is sent. */
  isReused = false;
  readonly #socket: LaneSocket;
  #reader: LaneReader | undefined;
  #unread = 0;
  #failure: Error | undefined;

  /** @param open  makes the socket, which tells `filled` and `broke` from then on */
  constructor(blocks: BlockStore, open: (connection: LaneConnection) => LaneSocket) {
    this.memory = new LaneMemory(blocks);
    this.#socket = open(this);
  }

  get isOpen(): boolean {
    return this.#failure === undefined;
  }

  send(request: string): void {
    this.#socket.write(request, 'latin1');
  }

  /** From now on tells `reader` what comes, and what has come and was not taken. */
  listen(reader: LaneReader | undefined): void {
    this.#reader = reader;
    this.#serve();
    if (this.#failure !== undefined && this.#reader === reader) reader?.closed(this.#failure);
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Goes on reading, so that its end is seen, but does not keep the process alive. */
  rest(): void {
    this.isReused = true;
    this.#socket.resume();
    this.#socket.unref();
  }

  wake(): void {
    this.#socket.ref();
  }

  /** Ends it. */
  destroy(reason: Error): void {
    this.#socket.destroy();
    this.broke(reason);
  }

  /** The socket has put so many bytes into the memory's space. */
  filled(bytes: number): void {
    this.memory.fill(bytes);
    this.#unread += bytes;
    this.#serve();
  }

  /** The socket is closed, by whomever. */
  broke(error: Error): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    this.#reader?.closed(error);
  }

  #serve(): void {
    if (this.#reader === undefined || this.#unread === 0) return;
    const taken = this.#reader.arrived(this.#unread);
    this.#unread -= taken;
  }
}
