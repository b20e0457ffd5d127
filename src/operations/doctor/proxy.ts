import type { Network } from '../../net/network.js';
import { type Finding, ok } from './finding.js';

/** By which proxy an endpoint is asked. Its account is not told. */
export function examineProxy(endpoint: URL, { proxyFor }: Network): Finding {
  const proxy = proxyFor(endpoint);
  const message = proxy === undefined ? 'none' : `${proxy.protocol}//${proxy.host}`;
  return ok({ check: 'proxy', target: endpoint.host, message });
}
