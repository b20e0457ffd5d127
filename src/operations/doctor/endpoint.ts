import type { FoundRepo } from '../../hub/search.js';
import type { RepoId } from '../../repo/reference.js';
import type { Endpoint } from '../../settings/settings.js';
import { examineAnswer } from './answer.js';
import { examineConnection } from './connection.js';
import { type AskedFile, type FileServer, examineFile } from './file.js';
import type { Findings } from './findings.js';
import type { Probes } from './probes.js';
import { examineProxy } from './proxy.js';
import { examineRepo } from './repo.js';
import { examineToken } from './token.js';

export interface AskedEndpoint {
  readonly endpoint: Endpoint;
  readonly token: string | undefined;
  /** Undefined: one that is open to all. */
  readonly asked: { readonly repo: RepoId; readonly revision: string } | undefined;
}

/**
 * Goes the way of a download, from the connection to the first byte of a file. What needs a step that failed is left out.
 *
 * @returns the file by which the speed can be measured
 */
export async function examineEndpoint(
  { endpoint: { url, sendsToken }, token, asked }: AskedEndpoint,
  probes: Probes,
  findings: Findings,
): Promise<(AskedFile & FileServer) | undefined> {
  const endpoint = new URL(url);
  findings.add(examineProxy(endpoint, probes.network));
  if (!(await examineConnection({ url: endpoint, check: 'connection' }, probes, findings))) return undefined;
  const models = await examineAnswer(endpoint, probes, findings);
  if (models === undefined) return undefined;
  // Whoever gives a bad token is refused everywhere: what is left is looked at without it.
  const accepted = sendsToken ? await examineToken({ endpoint, token }, probes, findings) : undefined;
  const { repo, revision } = asked ?? openRepo(models) ?? {};
  if (repo === undefined || revision === undefined) return undefined;
  const askedRepo = { endpoint, token: accepted, repo, revision };
  const found = await examineRepo(askedRepo, probes, findings);
  if (found === undefined) return undefined;
  const askedFile = { ...askedRepo, ...found };
  const server = await examineFile(askedFile, probes, findings);
  return server === undefined ? undefined : { ...askedFile, ...server };
}

/** The first that everybody may read. */
function openRepo(models: readonly FoundRepo[]): { repo: RepoId; revision: string } | undefined {
  const open = models.find((model) => model.private !== true && (model.gated ?? false) === false);
  return open === undefined ? undefined : { repo: { type: 'model', name: open.id }, revision: 'main' };
}
