import { type HubError, abortReason } from '../../errors.js';
import { type Network, createNetwork } from '../../net/network.js';
import type { RepoId } from '../../repo/reference.js';
import type { Settings } from '../../settings/settings.js';
import type { OperationContext } from '../context.js';
import { examineCache } from './cache-folder.js';
import { type AskedEndpoint, examineEndpoint } from './endpoint.js';
import { type Finding, ok, warning } from './finding.js';
import { Findings } from './findings.js';
import { Probes } from './probes.js';
import { type CalledProgram, examineProgram } from './program.js';
import { examineSpeed } from './speed.js';

export interface DoctorRequest {
  readonly program: CalledProgram;
  /** What is looked up at each endpoint; undefined: something that is open to all. */
  readonly asked?: { readonly repo: RepoId; readonly revision: string } | undefined;
}

export interface Examination {
  /** False where a signal ended it. */
  readonly complete: boolean;
  readonly findings: readonly Finding[];
  /** What the run ends with: the first that failed. */
  readonly failure: HubError | undefined;
}

/**
 * Looks at everything that a download needs: this program, the way to each endpoint and its CDN, token, repo, and the
 * cache's folder. Each probe has its limit; all together take half a minute at most. Nothing is kept.
 */
export async function examineAll(request: DoctorRequest, context: OperationContext): Promise<Examination> {
  const { settings, signal } = context;
  const parts: Findings[] = [];
  const newPart = (): Findings => {
    const part = new Findings(signal);
    parts.push(part);
    return part;
  };
  try {
    newPart().add(examineProgram(request.program));
    if (settings.offline) newPart().add(offline);
    else await examineNetwork(request, { context, newPart });
    await examineCache(settings, newPart());
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  const findings = parts.flatMap(({ all }) => all);
  const complete = !signal.aborted;
  const failure = complete ? findings.find(({ error }) => error !== undefined)?.error : abortReason(signal);
  return { complete, findings, failure };
}

const offline = warning({
  check: 'offline',
  message: 'no hub is asked',
  hint: 'Leave out --offline, and unset HF_HUB_OFFLINE and TRANSFORMERS_OFFLINE, to look at the network too.',
});

async function examineNetwork(
  { asked }: DoctorRequest,
  { context, newPart }: { context: OperationContext; newPart: () => Findings },
): Promise<void> {
  const { settings } = context;
  const { token, endpoints } = settings;
  const network = await examineTrust(settings, newPart());
  if (network === undefined) return;
  const probes = new Probes(network, context);
  try {
    const examined = endpoints.map((endpoint) => ({ endpoint, findings: newPart() }));
    const files = await Promise.all(
      examined.map(async ({ endpoint, findings }) => {
        const it: AskedEndpoint = { endpoint, token, asked };
        return { findings, file: await examineEndpoint(it, probes, findings) };
      }),
    );
    // One after the other, so that none takes another's bytes.
    for (const { file, findings } of files) {
      if (file !== undefined) await examineSpeed(file, probes, findings);
    }
  } finally {
    await probes.close();
  }
}

/** Whom servers' certificates are judged by. */
async function examineTrust(settings: Settings, findings: Findings): Promise<Network | undefined> {
  const about = { check: 'trust' } as const;
  const network = await findings.attempt(about, () => createNetwork(settings));
  if (network === undefined) return undefined;
  const { certificateFile, certificateFolders, extraCertificateFile } = settings;
  const own = [certificateFile ?? [], certificateFolders].flat();
  const base = own.length === 0 ? 'the usual authorities' : `only those in ${own.join(', ')}`;
  const extra = extraCertificateFile === undefined ? '' : `, and those in ${extraCertificateFile}`;
  findings.add(ok({ ...about, message: `${base}${extra}` }));
  return network;
}
