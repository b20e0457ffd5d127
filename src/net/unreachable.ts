import { HubUnreachable } from './errors.js';

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
  const code = codeOf(error);
  const refusedByProxy = /^Proxy response \((\d+)\)/.exec(error.message)?.[1];
  const reason = refusedByProxy === undefined ? words(code, error) : `it answered ${refusedByProxy}`;
  const why = proxy === undefined ? reason : `through the proxy ${proxy}: ${reason}`;
  if (!isCertificateError(code)) return new HubUnreachable({ host, why, cause: error });
  return new HubUnreachable({
    host,
    why,
    cause: error,
    retryable: false,
    hint: 'Where a company inspects TLS, NODE_EXTRA_CA_CERTS names the file with its certificate.',
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
  UND_ERR_HEADERS_OVERFLOW: 'more than 64 KiB of headers',
};

function words(code: string, error: Error): string {
  const known = knownReasons[code];
  if (known !== undefined) return known;
  if (isCertificateError(code)) return `its TLS certificate is not trusted (${code})`;
  if (error.name === 'HTTPParserError') return 'no HTTP there';
  return code === '' ? error.message : code;
}

function isCertificateError(code: string): boolean {
  return /^ERR_TLS_|CERT|UNABLE_TO_VERIFY/.test(code);
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : '';
}
