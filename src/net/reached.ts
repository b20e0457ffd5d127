import type { Socket } from 'node:net';
import { abortReason } from '../errors.js';
import { ClosedByPeer } from './lane-connection.js';

/** Resolves when a socket has come so far as `watch` waits for; one that does not is destroyed. */
export function reached(socket: Socket, signal: AbortSignal, watch: (done: () => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (settle: () => void): void => {
      signal.removeEventListener('abort', onAbort);
      socket.off('error', onError).off('close', onClose);
      settle();
    };
    const onError = (error: Error): void => end(() => reject(error));
    const onClose = (): void => end(() => reject(new ClosedByPeer()));
    const onAbort = (): void => {
      end(() => reject(abortReason(signal)));
      socket.destroy();
    };
    socket.once('error', onError).once('close', onClose);
    signal.addEventListener('abort', onAbort, { once: true });
    watch(() => end(resolve));
    if (signal.aborted) onAbort();
  });
}
