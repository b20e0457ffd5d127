import { abortReason } from '../errors.js';
import type { Question } from './ask.js';
import { HubUnreachable } from './errors.js';
import type { LaneConnection } from './lane-connection.js';
import { HeadReader, type ResponseHead } from './response-head.js';
import { type Delivery, RunGatherer } from './run-gatherer.js';
import { isClosedByPeer, unreachable } from './unreachable.js';

/**
 * Sends a GET and reads the answer's head; no byte of its body. A connection that breaks, or whose answer is odd, is
 * closed.
 *
 * @throws HubUnreachable  no answer; or the signal's `abortReason`
 */
export function askOn(
  connection: LaneConnection,
  { url, headers, headersTimeoutMs, signal }: Question,
): Promise<ResponseHead | 'odd' | 'closed while idle'> {
  return new Promise((resolve, reject) => {
    const reader = new HeadReader();
    let hasBegun = false;
    const end = (settle: () => void): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      connection.listen(undefined);
      settle();
    };
    const giveUp = (reason: Error): void => {
      end(() => reject(reason));
      connection.destroy(reason);
    };
    const onAbort = (): void => giveUp(abortReason(signal));
    const timer = setTimeout(() => {
      const why = `no answer within ${Math.round(headersTimeoutMs / 100) / 10} s`;
      giveUp(new HubUnreachable({ host: url.host, why }));
    }, headersTimeoutMs);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) {
      onAbort();
      return;
    }
    connection.send(requestText(url, headers));
    connection.listen({
      arrived: (bytes) => {
        hasBegun = true;
        const answer = reader.take(connection.memory.latest(bytes));
        const taken = answer === undefined || answer === 'odd' ? bytes : answer.bytes;
        connection.memory.skip(taken);
        if (answer === 'odd') {
          end(() => resolve('odd'));
          connection.destroy(new Error('an odd answer'));
        } else if (answer !== undefined) {
          end(() => resolve(answer.head));
        }
        return taken;
      },
      closed: (error) => {
        end(() => {
          if (connection.isReused && !hasBegun && isClosedByPeer(error)) resolve('closed while idle');
          else reject(unreachable(error, { host: url.host, proxy: undefined }));
        });
      },
    });
  });
}

/** As undici writes it. */
function requestText({ host, pathname, search }: URL, headers: Question['headers']): string {
  const fields = Object.entries({ host, connection: 'keep-alive', ...headers }).map(
    ([name, value]) => `${name}: ${value}`,
  );
  return [`GET ${pathname}${search} HTTP/1.1`, ...fields, '', ''].join('\r\n');
}

/**
 * Delivers a body that is nothing but the bytes asked for, out of the connection's own memory.
 *
 * @returns true where more came than had been promised; then the connection has been closed
 * @throws CutOff, what `sink.write` threw, the signal's `abortReason`; then the connection has been closed
 */
export function receiveFrom(connection: LaneConnection, host: string, delivery: Delivery): Promise<boolean> {
  return new Promise((resolve, reject) => {
    let left = delivery.bytes;
    let isOverlong = false;
    const gatherer = new RunGatherer(
      {
        host,
        pause: () => connection.pause(),
        resume: () => connection.resume(),
        abort: (reason) => connection.destroy(reason),
        cut: (bytes) => connection.memory.cut(bytes),
        release: (bytes) => connection.memory.release(bytes),
      },
      delivery,
      { resolve: () => resolve(isOverlong), reject },
    );
    connection.listen({
      arrived: (bytes) => {
        const wanted = Math.min(bytes, left);
        left -= wanted;
        gatherer.arrived(wanted);
        if (wanted < bytes) {
          isOverlong = true;
          connection.destroy(new Error('more than was promised'));
        }
        if (left === 0) gatherer.ended();
        return bytes;
      },
      closed: (error) => gatherer.failed(error),
    });
  });
}
