import { callApi } from '../../hub/api.js';
import { revisionUrl } from '../../hub/addresses.js';
import { refusal } from '../../hub/refusal.js';
import { infoSchema } from '../../hub/schemas.js';
import { listPages } from '../../hub/tree.js';
import type { CommitHash, ListedFile } from '../../repo/listing.js';
import { judgeListing } from '../../repo/names.js';
import { type RepoId, repoPath } from '../../repo/reference.js';
import type * as z from 'zod/mini';
import { ok } from './finding.js';
import type { Findings } from './findings.js';
import type { Probes } from './probes.js';

/** A repo as one endpoint is asked for it. */
export interface AskedRepo {
  readonly endpoint: URL;
  readonly token: string | undefined;
  readonly repo: RepoId;
  readonly revision: string;
}

/** Looks a repo up and lists it. @returns its largest file; undefined where none has a byte, or it failed */
export async function examineRepo(
  asked: AskedRepo,
  probes: Probes,
  findings: Findings,
): Promise<{ commit: CommitHash; file: ListedFile } | undefined> {
  const { endpoint, token, repo, revision } = asked;
  const about = { check: 'repo', target: repoPath(repo) } as const;
  const found = await findings.attempt(about, () =>
    probes.within(endpoint.host, async (signal) => {
      const ask = <Schema extends z.ZodMiniType>(url: URL, schema: Schema) =>
        callApi(probes.context(endpoint, token), {
          url,
          schema,
          refusal: (answer) => refusal(answer, { endpoint, repo, revision, anonymous: token === undefined, signal }),
          signal,
          stallTimeoutMs: 10_000,
        });
      const { value: info } = await ask(revisionUrl(endpoint, repo, revision), infoSchema);
      const files = await listPages({ endpoint, repo, commit: info.sha, onPage: () => undefined, askPage: ask });
      judgeListing(files);
      return { info, files };
    }),
  );
  if (found === undefined) return undefined;
  const { info, files } = found;
  const access = info.private === true ? 'private, and you may read it' : info.gated ? 'gated' : 'public';
  const message = `${access}; ${revision} is ${info.sha.slice(0, 10)}, files: ${files.length}`;
  findings.add(ok({ ...about, message, measures: { files: files.length } }));
  const [file] = files.toSorted((a, b) => b.size - a.size);
  return file === undefined || file.size === 0 ? undefined : { commit: info.sha, file };
}
