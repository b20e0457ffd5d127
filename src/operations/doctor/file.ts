import { resolveUrl } from '../../hub/addresses.js';
import { FileAddressRefused } from '../../hub/errors.js';
import { bodyExtent } from '../../hub/file-answer.js';
import { refusal } from '../../hub/refusal.js';
import { ExchangeError } from '../../net/errors.js';
import { type Reached, exchange } from '../../net/exchange.js';
import type { CommitHash, ListedFile } from '../../repo/listing.js';
import { examineConnection } from './connection.js';
import { ok, warning } from './finding.js';
import type { Findings } from './findings.js';
import type { Probes } from './probes.js';
import type { AskedRepo } from './repo.js';

export interface AskedFile extends AskedRepo {
  readonly commit: CommitHash;
  readonly file: ListedFile;
}

/** Where a file's bytes are, and whether parts of it may be asked for. */
export interface FileServer {
  readonly url: URL;
  readonly credentials: Reached['credentials'];
}

/**
 * Asks for the second half of a file: is its server, mostly a CDN, reached, and does it send parts?
 *
 * @returns undefined where it can't be measured
 */
export async function examineFile(
  asked: AskedFile,
  probes: Probes,
  findings: Findings,
): Promise<FileServer | undefined> {
  const { endpoint, token, repo, revision, commit, file } = asked;
  const { size, path } = file;
  const start = Math.floor(size / 2);
  const headers = { range: `bytes=${start}-${Math.max(start, size - 1)}`, 'accept-encoding': 'identity' };
  let answer: Reached;
  try {
    answer = await probes.within(endpoint.host, async (signal) => {
      const url = resolveUrl(endpoint, repo, commit, path);
      const reached = await exchange(probes.context(endpoint, token), {
        url,
        headers,
        signal,
        credentials: 'endpoint',
      });
      if (reached.status < 400 || reached.status === 416) return reached;
      if (reached.url.origin !== endpoint.origin) {
        await reached.body.discard();
        throw new FileAddressRefused({ host: reached.url.host, path, status: reached.status });
      }
      throw await refusal(reached, { endpoint, repo, revision, path, anonymous: token === undefined, signal });
    });
  } catch (error) {
    const host = error instanceof ExchangeError ? error.host : endpoint.host;
    const isOfCdn = host !== endpoint.host;
    await findings.attempt({ check: isOfCdn ? 'cdn' : 'file', target: isOfCdn ? host : path }, () => {
      throw error;
    });
    return undefined;
  }
  const { url, credentials, body } = answer;
  body.abort(new Error('seen enough'));
  if (url.origin !== endpoint.origin && !(await examineConnection({ url, check: 'cdn' }, probes, findings))) {
    return undefined;
  }
  const about = { check: 'ranges', target: url.host } as const;
  const extent = await findings.attempt(about, () => bodyExtent(answer, { path, size, start, end: size }));
  if (extent === undefined) return undefined;
  if (extent.offset === start && start > 0) findings.add(ok({ ...about, message: 'parts of files are sent' }));
  else if (start > 0) {
    findings.add(
      warning({
        ...about,
        message: 'it sends whole files only, whatever is asked for',
        hint: 'Downloads use one connection for each file and begin anew after a break. Look for a proxy that strips Range, or name another --endpoint.',
      }),
    );
  }
  return { url, credentials };
}
