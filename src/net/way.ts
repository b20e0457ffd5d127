import { type Socket, connect, isIP } from 'node:net';
import { type TLSSocket, connect as connectTls } from 'node:tls';
import { HubError } from '../errors.js';
import { type HostAndPort, hostAndPort } from './address.js';
import { certificateFault } from './certificate-fault.js';
import { HubUnreachable } from './errors.js';
import { foreignText } from './foreign-text.js';
import type { Network } from './network.js';
import { isForwarded } from './proxies.js';
import { ProxyUnreachable } from './proxy-errors.js';
import { reached } from './reached.js';
import { openTunnel } from './tunnel.js';
import { byWayOf, unreachable } from './unreachable.js';

/** How a connection to a server came about. Times in ms. */
export interface Way {
  /** Host and port of the proxy that leads there; undefined: none. */
  readonly proxy: string | undefined;
  /** Of the server, or of the proxy. */
  readonly address: string | undefined;
  /** DNS; undefined for an address, and where the proxy looks the name up itself. */
  readonly lookupMs: number | undefined;
  /** TCP; with a proxy all up to the open tunnel. */
  readonly connectMs: number;
  /** TLS with the server; undefined for plain http, and where a proxy gets the requests themselves. */
  readonly secureMs: number | undefined;
  /** `TLSv1.3`. */
  readonly protocol: string | undefined;
}

interface Request {
  readonly url: URL;
  readonly network: Network;
  readonly signal: AbortSignal;
}

/**
 * Makes one connection to the server of an address as every request does, measures it, and ends it without a request.
 *
 * @throws HubUnreachable  says where it broke, and who signed a certificate that is not trusted; the signal's `abortReason`
 */
export async function tryWay({ url, network, signal }: Request): Promise<Way> {
  const proxy = network.proxyFor(url)?.host;
  const sockets: Socket[] = [];
  const onSocket = (socket: Socket): void => {
    sockets.push(socket.on('error', () => undefined));
  };
  try {
    const { socket, ...plain } = await connected({ url, network, signal }, onSocket);
    if (url.protocol !== 'https:') return { proxy, ...plain, secureMs: undefined, protocol: undefined };
    const began = performance.now();
    const secure = connectTls({
      socket,
      ...network.trust(),
      // Nothing is sent over it: it shall live long enough to tell who signed its certificate.
      rejectUnauthorized: false,
      ALPNProtocols: ['http/1.1'],
      ...serverName(hostAndPort(url)),
    });
    onSocket(secure);
    await reached(secure, signal, (done) => secure.once('secureConnect', done));
    if (!secure.authorized) throw untrusted(secure, { host: url.host, proxy });
    return { proxy, ...plain, secureMs: performance.now() - began, protocol: secure.getProtocol() ?? undefined };
  } catch (error) {
    if (error instanceof HubError || signal.aborted || !(error instanceof Error)) throw error;
    throw unreachable(error, { host: url.host, proxy });
  } finally {
    // TLS before what carries it.
    for (const socket of sockets.reverse()) socket.destroy();
  }
}

async function connected(
  { url, network, signal }: Request,
  onSocket: (socket: Socket) => void,
): Promise<{ socket: Socket } & Pick<Way, 'address' | 'lookupMs' | 'connectMs'>> {
  const proxy = network.proxyFor(url);
  const began = performance.now();
  if (proxy !== undefined && !isForwarded(url, proxy)) {
    const socket = await openTunnel({ proxy, server: hostAndPort(url), trust: network.trust, onSocket, signal });
    return { socket, address: socket.remoteAddress, lookupMs: undefined, connectMs: performance.now() - began };
  }
  const server = hostAndPort(proxy ?? url);
  const socket = connect(server);
  onSocket(socket);
  let lookedUp = began;
  socket.once('lookup', () => (lookedUp = performance.now()));
  try {
    await reached(socket, signal, (done) => socket.once('connect', done));
  } catch (error) {
    throw proxy === undefined || signal.aborted || !(error instanceof Error) ? error : new ProxyUnreachable(error);
  }
  return {
    socket,
    address: socket.remoteAddress,
    lookupMs: isIP(server.host) === 0 ? lookedUp - began : undefined,
    connectMs: performance.now() - lookedUp,
  };
}

function serverName({ host }: HostAndPort): { servername?: string } {
  return isIP(host) === 0 ? { servername: host } : {};
}

function untrusted(socket: TLSSocket, { host, proxy }: { host: string; proxy: string | undefined }): HubUnreachable {
  const cert = socket.getPeerCertificate();
  const code = String(socket.authorizationError);
  const error = Object.assign(new Error(code), { code, cert });
  const fault = certificateFault(error);
  if (fault === undefined) return unreachable(error, { host, proxy });
  const why = byWayOf(proxy, `${fault.why}; signed by ${signerOf(cert.issuer)}`);
  return new HubUnreachable({ host, why, cause: error, retryable: false, hint: fault.hint });
}

/** Its parts may be there more than once, and may be missing. */
function signerOf(issuer: Readonly<Record<string, unknown>> | undefined): string {
  const names = [issuer?.['O'], issuer?.['CN']].flat().filter((name) => typeof name === 'string');
  return names.length === 0 ? 'somebody without a name' : foreignText([...new Set(names)].join(', '));
}
