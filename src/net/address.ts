/** A server as sockets are opened to it. */
export interface HostAndPort {
  /** A name, or an address without brackets. */
  readonly host: string;
  readonly port: number;
}

const defaultPorts: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };
/** RFC 1928 3. */
const socksPort = 1080;

/** Where the server of an address listens. Node does not take the brackets of an IPv6 address. */
export function hostAndPort({ hostname, port, protocol }: URL): HostAndPort {
  return {
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: port === '' ? (defaultPorts[protocol] ?? socksPort) : Number(port),
  };
}
