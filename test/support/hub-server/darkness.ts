import type { Socket } from 'node:net';

/**
 * Connections over which nothing comes any more, without FIN or RST: what a client sees of a NAT that has forgotten
 * them, or of a link that is down.
 */
export class Darkness {
  readonly #open = new Set<Socket>();
  readonly #forgotten = new WeakSet<Socket>();
  #isTotal = false;

  watch(socket: Socket): void {
    this.#open.add(socket);
    socket.once('close', () => this.#open.delete(socket));
  }

  /** The connections that are open now go dark for good, the idle ones too; new ones are served. */
  forget(): void {
    for (const socket of this.#open) this.#forgotten.add(socket);
  }

  /** All are dark, new ones too, until the blackout is over. */
  set isTotal(isTotal: boolean) {
    this.#isTotal = isTotal;
  }

  covers(socket: Socket): boolean {
    return this.#isTotal || this.#forgotten.has(socket);
  }
}
