import { HubError, abortReason } from '../errors.js';
import type { OperationContext } from './context.js';
import { HubConnection } from './hub-connection.js';

/** How an endpoint answered. */
export interface ProbedEndpoint {
  readonly endpoint: string;
  /** From the first packet of the connection to the end of its answer; null: it gave none that is a hub's. */
  readonly ms: number | null;
  /** Why not, for a person. */
  readonly reason?: string;
}

/** The contract's: a person waits no longer to see which endpoints are there. */
const patienceMs = 5_000;

/**
 * Asks hubs for one repo of their list, all at the same time, without a token and without a second try.
 *
 * @returns in the order of `endpoints`
 * @throws HubError  the signal's reason
 */
export async function probeEndpoints(
  endpoints: readonly string[],
  { context, limitMs = patienceMs }: { context: OperationContext; limitMs?: number },
): Promise<ProbedEndpoint[]> {
  const probed = await Promise.all(endpoints.map((endpoint) => probe(endpoint, { context, limitMs })));
  if (context.signal.aborted) throw abortReason(context.signal);
  return probed;
}

async function probe(
  endpoint: string,
  { context: { settings, signal }, limitMs }: { context: OperationContext; limitMs: number },
): Promise<ProbedEndpoint> {
  const connection = new HubConnection({
    settings: {
      ...settings,
      endpoints: [{ url: endpoint, sendsToken: false }],
      token: undefined,
      retries: 0,
      retryForMs: 0,
    },
    tell: () => undefined,
    signal,
  });
  const over = AbortSignal.timeout(limitMs);
  const startedMs = performance.now();
  try {
    const client = await connection.client();
    await client.searchRepos({ type: 'model', words: '', limit: 1 }, { signal: AbortSignal.any([signal, over]) });
    return { endpoint, ms: Math.round(performance.now() - startedMs) };
  } catch (error) {
    if (over.aborted) return { endpoint, ms: null, reason: `no answer in ${String(limitMs / 1000)} s` };
    if (error instanceof HubError) return { endpoint, ms: null, reason: error.message };
    throw error;
  } finally {
    await connection.close();
  }
}
