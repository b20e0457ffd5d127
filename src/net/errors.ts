import { ExitCode, HubError, type HubErrorOptions } from '../errors.js';

/** What went wrong with one exchange. `host` and `why` are what a person is told about a try that failed. */
export abstract class ExchangeError extends HubError {
  /** Name and port of the server. */
  readonly host: string;
  /** Some words that follow "host: ". */
  readonly why: string;
  /** False where the failure is waited out elsewhere (`Throttle`, `Outage`) and no try is to be counted. */
  readonly spendsTry: boolean = true;

  constructor(message: string, { host, why, ...options }: HubErrorOptions & { host: string; why: string }) {
    super(message, options);
    this.host = host;
    this.why = why;
  }
}

/** No answer, or only a part of its headers. */
export class HubUnreachable extends ExchangeError {
  readonly code = 'unreachable';
  readonly exitCode = ExitCode.network;
  override readonly retryable: boolean;
  override readonly spendsTry: boolean;

  constructor({ host, why, hint, cause, retryable = true, spendsTry = true }: UnreachableOptions) {
    super(`cannot reach ${host}: ${why}`, {
      host,
      why,
      hint:
        hint ??
        'Look at the network and the proxy (https_proxy, --proxy), name a mirror (HF_ENDPOINT, --endpoint), or wait for it ' +
          'with --retry-for 2h. What has arrived is kept.',
      cause,
    });
    this.retryable = retryable;
    this.spendsTry = spendsTry;
  }

  /** The same, for a try that is not to be counted. */
  forgiven(): HubUnreachable {
    const { host, why, hint, cause, retryable } = this;
    return new HubUnreachable({
      host,
      why,
      cause,
      retryable,
      spendsTry: false,
      ...(hint === undefined ? {} : { hint }),
    });
  }
}

interface UnreachableOptions {
  host: string;
  why: string;
  hint?: string;
  cause?: unknown;
  retryable?: boolean;
  spendsTry?: boolean;
}

/** A login page, an error page of something in between, or no HTTP at all. */
export class NotTheHub extends ExchangeError {
  readonly code = 'not-the-hub';
  readonly exitCode = ExitCode.network;
  override readonly retryable = true;

  constructor({ host, url, why }: { host: string; url: string; why: string }) {
    super(`${url} gave ${why} instead of the hub's answer`, {
      host,
      why: `sent ${why}`,
      hint: 'Something in between answers: a login page of this network, or a proxy. Open the address in a browser.',
    });
  }
}

/** A proxy or a CDN whose session got lost does this for a while. */
export class TooManyRedirects extends ExchangeError {
  readonly code = 'too-many-redirects';
  readonly exitCode = ExitCode.network;
  override readonly retryable = true;

  constructor({ host, url, redirects }: { host: string; url: string; redirects: number }) {
    super(`${url}: still redirected after ${redirects} redirects`, { host, why: 'redirects without end' });
  }
}

/** A redirect that leads nowhere, away from http, or from https to http with a token. */
export class BadRedirect extends ExchangeError {
  readonly code = 'bad-redirect';
  readonly exitCode = ExitCode.integrity;

  constructor({ host, url, why }: { host: string; url: string; why: string }) {
    super(`${url} redirects ${why}: not followed`, { host, why: `redirects ${why}` });
  }
}

/** 429, or a 503 that says when to come back. */
export class RateLimited extends ExchangeError {
  readonly code = 'rate-limited';
  readonly exitCode = ExitCode.network;
  override readonly retryable = true;
  /** With a hint the throttle waits. */
  override readonly spendsTry: boolean;

  constructor({ host, retryAfterMs }: { host: string; retryAfterMs?: number }) {
    const seconds = retryAfterMs === undefined ? undefined : Math.ceil(retryAfterMs / 1000);
    const why = seconds === undefined ? 'asks to slow down' : `asks to wait ${seconds} s`;
    super(`${host} ${why}: its rate limit is used up`, {
      host,
      why,
      hint:
        seconds === undefined
          ? 'Try again later, or log in: the limits of an account are higher.'
          : `Try again in ${seconds} s, or log in: the limits of an account are higher.`,
      ...(seconds === undefined ? {} : { retryAfter: seconds }),
    });
    this.spendsTry = seconds === undefined;
  }
}

/** 5xx and 408. */
export class ServerError extends ExchangeError {
  readonly code = 'server-error';
  readonly exitCode = ExitCode.network;
  override readonly retryable = true;

  constructor({ host, status, url }: { host: string; status: number; url: string }) {
    super(`${url} answered ${status}`, { host, why: `answered ${status}` });
  }
}

/** A connection that went silent or was cut in the middle of a body. */
export class CutOff extends ExchangeError {
  readonly code = 'cut-off';
  readonly exitCode = ExitCode.network;
  override readonly retryable = true;

  constructor({ host, why, bytes, cause }: { host: string; why: string; bytes: number; cause?: unknown }) {
    super(`${host} ${why} after ${bytes} bytes`, { host, why: `${why} after ${bytes} bytes`, cause });
  }
}

/** A body of other length than was announced or asked for. */
export class WrongLength extends ExchangeError {
  readonly code = 'wrong-length';
  readonly exitCode = ExitCode.integrity;
  override readonly retryable = true;

  constructor({ host, why }: { host: string; why: string }) {
    super(`${host} ${why}`, { host, why });
  }
}
