import { callApi } from '../../hub/api.js';
import { BadToken, UnexpectedStatus } from '../../hub/errors.js';
import { isHtml, listRefusal } from '../../hub/refusal.js';
import { reposPageSchema } from '../../hub/schemas.js';
import { type FoundRepo, searchPages } from '../../hub/search.js';
import type { Answer } from '../../net/ask.js';
import { NotTheHub } from '../../net/errors.js';
import { publicUrl } from '../../net/foreign-text.js';
import { examineClock } from './clock.js';
import { ok, warning } from './finding.js';
import type { Findings } from './findings.js';
import type { Probes } from './probes.js';

/** Small, and enough to find one that is open to all. */
const reposAsked = 5;

/**
 * Asks a hub something small that all may know, a few names of models, and judges the clock by its answer.
 *
 * @returns what it named, nothing where it is a hub that has no such list; undefined where no hub answers
 */
export async function examineAnswer(
  endpoint: URL,
  probes: Probes,
  findings: Findings,
): Promise<readonly FoundRepo[] | undefined> {
  const about = { check: 'answer', target: endpoint.host } as const;
  const began = performance.now();
  let firstByteMs = 0;
  let first: Answer | undefined;
  const askPage = async (url: URL, signal: AbortSignal) => {
    const context = probes.context(endpoint, undefined);
    const refusal = (answer: Answer) => refusalOfList(answer, signal);
    const page = await callApi(context, { url, schema: reposPageSchema, refusal, signal, stallTimeoutMs: 10_000 });
    firstByteMs = Math.round(performance.now() - began);
    first = page.answer;
    return page;
  };
  const found = await findings.attempt(about, () =>
    probes.within(endpoint.host, async (signal) => {
      const search = { type: 'model', words: '', limit: reposAsked } as const;
      try {
        return await searchPages({ endpoint, search, askPage: (url) => askPage(url, signal) });
      } catch (error) {
        return wordOfHub(error);
      }
    }),
  );
  if (found === undefined) return undefined;
  if (!Array.isArray(found)) {
    const hint =
      'Mirrors may have none, and some hubs show it only to users: name a repo to look further (hub doctor org/name).';
    findings.add(warning({ ...about, message: `it answers, without a list of models: ${found.message}`, hint }));
    return [];
  }
  findings.add(ok({ ...about, message: `it answers after ${firstByteMs} ms`, measures: { firstByteMs } }));
  if (first === undefined) return found;
  const clock = examineClock({ host: endpoint.host, header: first.header, receivedMs: Date.now() });
  if (clock !== undefined) findings.add(clock);
  return found;
}

/** A 4xx that is no page of something else: a hub is there. */
function wordOfHub(error: unknown): BadToken | UnexpectedStatus {
  if (error instanceof BadToken || error instanceof UnexpectedStatus) return error;
  throw error;
}

async function refusalOfList(answer: Answer, signal: AbortSignal) {
  const { status, url, header } = answer;
  if (isHtml(answer) && status !== 404 && header('x-error-message') === undefined) {
    await answer.body.discard();
    return new NotTheHub({ host: url.host, url: publicUrl(url), why: `a web page (${status})` });
  }
  return listRefusal(answer, signal);
}
