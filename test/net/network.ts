import { type Network, type NetworkSettings, createNetwork } from '../../src/net/network.js';

/** No proxy, and the usual authorities. */
export const plainNetwork: NetworkSettings = {
  httpProxy: undefined,
  httpsProxy: undefined,
  noProxy: [],
  certificateFile: undefined,
  certificateFolders: [],
  extraCertificateFile: undefined,
};

/** A network whose servers are all asked by one proxy, or by none. */
export function networkBy(proxy: string | undefined, settings: Partial<NetworkSettings> = {}): Network {
  return createNetwork({ ...plainNetwork, httpProxy: proxy, httpsProxy: proxy, ...settings });
}
