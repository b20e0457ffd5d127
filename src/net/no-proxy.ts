import { BlockList, isIP } from 'node:net';
import { hostAndPort } from './address.js';

/** A host and all below it; undefined port: any. */
interface HostRule {
  readonly host: string;
  readonly port: number | undefined;
}

/**
 * The servers that are asked without a proxy, as curl, Python and Go read `NO_PROXY`: `*`, a host with all hosts below it
 * (with or without a dot or `*.` in front), an address, a network (`10.0.0.0/8`), each but the last with or without a
 * port. Names are not looked up: a network covers addresses alone. What is none of this matches nothing.
 */
export class NoProxy {
  readonly #hosts: HostRule[] = [];
  readonly #networks = new BlockList();
  #coversAll = false;

  constructor(entries: readonly string[]) {
    for (const entry of entries) this.#add(entry.toLowerCase());
  }

  covers(url: URL): boolean {
    if (this.#coversAll) return true;
    const { host, port } = hostAndPort(url);
    const version = isIP(host);
    if (version !== 0 && this.#networks.check(host, version === 4 ? 'ipv4' : 'ipv6')) return true;
    const name = host.toLowerCase().replace(/\.$/, '');
    return this.#hosts.some(
      (rule) =>
        (rule.port === undefined || rule.port === port) &&
        (name === rule.host || (version === 0 && name.endsWith(`.${rule.host}`))),
    );
  }

  #add(entry: string): void {
    if (entry === '*') {
      this.#coversAll = true;
      return;
    }
    const [, network = '', bits] = /^\[?([\da-f.:]+)\]?(?:\/(\d{1,3}))?$/.exec(entry) ?? [];
    if (isIP(network) !== 0) {
      this.#addNetwork(network, bits);
      return;
    }
    const [, host, port] = /^(?:\*?\.)?([^/:]+|\[[\da-f.:]+\])\.?(?::(\d{1,5}))?$/.exec(entry) ?? [];
    if (host === undefined) return;
    this.#hosts.push({ host: host.replace(/^\[|\.?\]?$/g, ''), port: port === undefined ? undefined : Number(port) });
  }

  #addNetwork(address: string, bits: string | undefined): void {
    const version = isIP(address);
    const family = version === 4 ? 'ipv4' : 'ipv6';
    const allBits = version === 4 ? 32 : 128;
    const prefix = bits === undefined ? allBits : Number(bits);
    if (prefix <= allBits) this.#networks.addSubnet(address, prefix, family);
  }
}
