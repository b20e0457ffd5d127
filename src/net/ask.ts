import type { Dispatcher } from 'undici';
import { abortReason } from '../errors.js';
import type { Sockets } from './agent.js';
import { connectTimeoutMs } from './connector.js';
import { HubUnreachable } from './errors.js';
import { IncomingBody } from './incoming-body.js';
import { byWayOf, isClosedByPeer, unreachable } from './unreachable.js';

/** The head of an answer, and its body, of which nothing has been read yet. */
export interface Answer {
  readonly url: URL;
  readonly status: number;
  /** The first value of a header, by its lower-case name. */
  readonly header: (name: string) => string | undefined;
  /** Must be read or discarded: until then it holds its connection. */
  readonly body: IncomingBody;
}

export interface Question {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly headersTimeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * Makes one GET without following anything. A kept-alive connection that the server closed just as it was taken is
 * replaced by another one, once (RFC 9112 9.3.1).
 *
 * @throws HubUnreachable  no answer; or the signal's `abortReason`
 */
export async function ask(sockets: Sockets, question: Question): Promise<Answer> {
  const first = await new Attempt(sockets, question).answer();
  if (first !== 'closed while idle') return first;
  const second = await new Attempt(sockets, question).answer();
  if (second !== 'closed while idle') return second;
  throw new HubUnreachable({ host: question.url.host, why: 'the connection was closed without an answer' });
}

/** What undici's handler tells about one request, up to the answer's headers; then `IncomingBody` listens. */
class Attempt {
  readonly #sockets: Sockets;
  readonly #question: Question;
  #controller: Dispatcher.DispatchController | undefined;
  #onFreshConnection = true;
  #body: IncomingBody | undefined;
  #timer: NodeJS.Timeout | undefined;
  #over = false;
  #resolve!: (answer: Answer | 'closed while idle') => void;
  #reject!: (error: unknown) => void;

  constructor(sockets: Sockets, question: Question) {
    this.#sockets = sockets;
    this.#question = question;
  }

  answer(): Promise<Answer | 'closed while idle'> {
    const { url, headers, signal } = this.#question;
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      if (signal.aborted) {
        this.#end(() => reject(abortReason(signal)));
        return;
      }
      signal.addEventListener('abort', this.#onAbort, { once: true });
      this.#limit(connectTimeoutMs, byWayOf(this.#sockets.proxyFor(url), 'connecting timed out'));
      this.#sockets.dispatch(
        { url, headers },
        {
          onRequestStart: (controller) => this.#started(controller),
          onResponseStart: (controller, status, responseHeaders) => this.#answered(controller, status, responseHeaders),
          onResponseData: (_, chunk) => this.#body?.push(chunk),
          // undici takes a connection back one turn later: a request that is made before that would open another one.
          onResponseEnd: () => queueMicrotask(() => setImmediate(() => this.#body?.end())),
          onResponseError: (_, error) => this.#failed(error),
        },
      );
    });
  }

  #started(controller: Dispatcher.DispatchController): void {
    if (this.#over) {
      controller.abort(new Error('not wanted any more'));
      return;
    }
    this.#controller = controller;
    this.#onFreshConnection = this.#sockets.justConnected;
    const { headersTimeoutMs } = this.#question;
    this.#limit(headersTimeoutMs, `no answer within ${Math.round(headersTimeoutMs / 100) / 10} s`, () => {
      // What forgot a kept connection may have forgotten the others: the next try shall not wait for one of them.
      if (!this.#onFreshConnection) this.#sockets.closeIdle();
    });
  }

  #answered(controller: Dispatcher.DispatchController, status: number, headers: Headers): void {
    if (status < 200) return;
    const { url } = this.#question;
    // Nothing may be lost before somebody decides what becomes of the body.
    controller.pause();
    const body = new IncomingBody(controller, url.host);
    this.#body = body;
    const header = (name: string): string | undefined => {
      const value = headers[name];
      return Array.isArray(value) ? value[0] : value;
    };
    this.#end(() => this.#resolve({ url, status, header, body }));
  }

  #failed(error: Error): void {
    if (this.#body !== undefined) {
      this.#body.fail(error);
      return;
    }
    const { url } = this.#question;
    this.#end(() => {
      if (!this.#onFreshConnection && isClosedByPeer(error)) this.#resolve('closed while idle');
      else this.#reject(unreachable(error, { host: url.host, proxy: this.#sockets.proxyFor(url) }));
    });
  }

  readonly #onAbort = (): void => {
    this.#giveUp(abortReason(this.#question.signal));
  };

  #limit(ms: number, why: string, passed = (): void => undefined): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      passed();
      this.#giveUp(new HubUnreachable({ host: this.#question.url.host, why }));
    }, ms);
  }

  #giveUp(reason: Error): void {
    this.#end(() => this.#reject(reason));
    this.#controller?.abort(reason);
  }

  #end(settle: () => void): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#timer);
    this.#question.signal.removeEventListener('abort', this.#onAbort);
    settle();
  }
}

type Headers = Readonly<Record<string, string | string[] | undefined>>;
