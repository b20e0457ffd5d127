import { certificateFault } from './certificate-fault.js';
import { HubUnreachable } from './errors.js';
import { foreignText } from './foreign-text.js';
import { NoTunnel, ProxyUnreachable } from './proxy-errors.js';

/** What undici and the fast lane say when the other side ended the connection. */
const closedCodes = ['UND_ERR_SOCKET', 'CLOSED_BY_PEER'];

/**
 * Says in words why no answer came.
 *
 * @param proxy  host of the proxy that was asked, since most codes then tell about the way to it
 */
export function unreachable(
  error: Error,
  { host, proxy }: { host: string; proxy: string | undefined },
): HubUnreachable {
  const through = (reason: string): string => byWayOf(proxy, reason);
  if (error instanceof NoTunnel) {
    const why = through(foreignText(error.message));
    return error.wantsAccount
      ? accountWanted({ host, why, cause: error })
      : new HubUnreachable({ host, why, cause: error });
  }
  const cause = error instanceof ProxyUnreachable ? error.cause : error;
  const fault = certificateFault(cause);
  if (fault === undefined) return new HubUnreachable({ host, why: through(words(cause)), cause: error });
  // Where the proxy was reached, the certificate is that of the server, or of one that plays it.
  const why = error === cause ? fault.why : through(fault.why);
  return new HubUnreachable({ host, why, cause: error, retryable: false, hint: fault.hint });
}

/** A reason that tells about the way to the proxy, where there is one. */
export function byWayOf(proxy: string | undefined, reason: string): string {
  return proxy === undefined ? reason : `through the proxy ${proxy}: ${reason}`;
}

/** The proxy wants to know its user. */
export function accountWanted({ host, why, cause }: { host: string; why: string; cause?: unknown }): HubUnreachable {
  return new HubUnreachable({
    host,
    why,
    cause,
    retryable: false,
    hint: 'Give user and password in the address of the proxy, percent-encoded: http://user:password@host:port.',
  });
}

/** The other side ended a connection that it may have kept open from an earlier request. */
export function isClosedByPeer(error: Error): boolean {
  return [...closedCodes, 'ECONNRESET', 'EPIPE'].includes(codeOf(error));
}

/** Why a body broke off. */
export function cutOffReason(error: Error): string {
  const code = codeOf(error);
  if (code === 'ECONNRESET') return 'reset the connection';
  if (closedCodes.includes(code) || code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH') return 'closed the connection';
  return `broke off (${code === '' ? error.message : code})`;
}

const knownReasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  EPIPE: 'connection reset',
  UND_ERR_SOCKET: 'the connection was closed without an answer',
  CLOSED_BY_PEER: 'the connection was closed without an answer',
  ETIMEDOUT: 'connecting timed out',
  UND_ERR_CONNECT_TIMEOUT: 'connecting timed out',
  ENOTFOUND: 'no such host (DNS)',
  EAI_AGAIN: 'its name cannot be looked up (DNS)',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'no network',
  EPROTO: 'no TLS there',
  EMFILE: "too many open files: this process's limit is reached (ulimit -n)",
  UND_ERR_HEADERS_OVERFLOW: 'more than 64 KiB of headers',
};

function words(error: Error): string {
  const code = codeOf(error);
  const known = knownReasons[code];
  if (known !== undefined) return known;
  if (error.name === 'HTTPParserError') return 'no HTTP there';
  return code === '' ? error.message : code;
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : '';
}
