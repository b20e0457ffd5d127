import { Proxies, type ProxySettings } from './proxies.js';
import { type Trust, type TrustSettings, trust } from './trust.js';

export type NetworkSettings = ProxySettings & TrustSettings;

/** What all connections of a run have in common, undici's and the fast lane's. */
export interface Network {
  /** The proxy by which a server is asked; undefined: directly. */
  readonly proxyFor: (url: URL) => URL | undefined;
  /** What servers' certificates are judged by. */
  readonly trust: () => Trust;
}

/** @throws UsageError  a file of certificates that cannot be used */
export function createNetwork(settings: NetworkSettings): Network {
  const proxies = new Proxies(settings);
  return { proxyFor: (url) => proxies.proxyFor(url), trust: trust(settings) };
}
