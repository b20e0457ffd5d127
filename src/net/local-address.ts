import { BlockList, isIP } from 'node:net';

/** Addresses of this machine, and of whatever else hangs on the same wire (RFC 1122 3.2.1.3, RFC 3927, RFC 4291 2.5). */
const ofThisMachine = blockListOf(
  ['0.0.0.0', 8, 'ipv4'],
  ['127.0.0.0', 8, 'ipv4'],
  ['169.254.0.0', 16, 'ipv4'],
  ['::', 127, 'ipv6'],
  ['fe80::', 10, 'ipv6'],
);

/** Addresses that only a network of one's own leads to (RFC 1918, RFC 4193). */
const ofOwnNetwork = blockListOf(
  ['10.0.0.0', 8, 'ipv4'],
  ['172.16.0.0', 12, 'ipv4'],
  ['192.168.0.0', 16, 'ipv4'],
  ['fc00::', 7, 'ipv6'],
);

/**
 * Would following a redirect let a server somewhere on the internet send us to this machine, or to a cloud's metadata
 * service? Judged by what the addresses say, before any name is looked up.
 */
export function leadsInside(from: URL, to: URL): boolean {
  return isOfThisMachine(to.hostname) && isPublic(from.hostname);
}

function isOfThisMachine(hostname: string): boolean {
  return /(^|\.)localhost\.?$/i.test(hostname) || isIn(ofThisMachine, hostname);
}

/** A name without a dot, or under `.local` or `.internal`, is some network's own. */
function isPublic(hostname: string): boolean {
  if (isOfThisMachine(hostname) || isIn(ofOwnNetwork, hostname)) return false;
  return isIP(bare(hostname)) !== 0 || (hostname.includes('.') && !/\.(local|internal)\.?$/i.test(hostname));
}

function isIn(list: BlockList, hostname: string): boolean {
  const address = bare(hostname);
  const version = isIP(address);
  return version !== 0 && list.check(address, version === 4 ? 'ipv4' : 'ipv6');
}

/** As a URL's `hostname` has an IPv6 address: in brackets. */
function bare(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, '$1');
}

function blockListOf(...subnets: readonly [string, number, 'ipv4' | 'ipv6'][]): BlockList {
  const list = new BlockList();
  for (const [address, prefix, type] of subnets) list.addSubnet(address, prefix, type);
  return list;
}
