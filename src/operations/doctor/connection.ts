import { type Way, tryWay } from '../../net/way.js';
import { type CheckName, ok } from './finding.js';
import type { Findings } from './findings.js';
import type { Probes } from './probes.js';

interface Server {
  readonly url: URL;
  readonly check: Extract<CheckName, 'connection' | 'cdn'>;
}

/** DNS, TCP and TLS of a server. @returns whether it is reached */
export async function examineConnection({ url, check }: Server, probes: Probes, findings: Findings): Promise<boolean> {
  const about = { check, target: url.host };
  const way = await findings.attempt(about, () =>
    probes.within(url.host, (signal) => tryWay({ url, network: probes.network, signal })),
  );
  if (way === undefined) return false;
  const { lookupMs, connectMs, secureMs } = way;
  const measures = Object.entries({ lookupMs, connectMs, secureMs }).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, Math.round(value * 10) / 10] as const],
  );
  findings.add(ok({ ...about, message: describe(way), measures: Object.fromEntries(measures) }));
  return true;
}

function describe({ proxy, address, lookupMs, connectMs, secureMs, protocol }: Way): string {
  return [
    ...(proxy === undefined ? [] : [`through the proxy ${proxy}`]),
    ...(lookupMs === undefined ? [] : [`DNS ${ms(lookupMs)}`]),
    `TCP ${ms(connectMs)}${address === undefined ? '' : ` (${address})`}`,
    ...(secureMs === undefined ? [] : [`${protocol ?? 'TLS'} ${ms(secureMs)}`]),
  ].join(', ');
}

function ms(value: number): string {
  return `${value < 9.95 ? value.toFixed(1) : value.toFixed(0)} ms`;
}
