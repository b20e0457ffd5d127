import { HubUnreachable } from './errors.js';

/**
 * Runs `work` under a signal that fires when the caller's does, or when the time, if it has an end, is over.
 *
 * @throws HubUnreachable  it was over
 */
export async function withDeadline<T>(
  work: (signal: AbortSignal) => Promise<T>,
  { signal, deadlineMs, host }: { signal: AbortSignal; deadlineMs: number | undefined; host: string },
): Promise<T> {
  if (deadlineMs === undefined) return work(signal);
  const deadline = new AbortController();
  const timer = setTimeout(() => {
    deadline.abort(new HubUnreachable({ host, why: `no good answer within ${Math.round(deadlineMs / 100) / 10} s` }));
  }, deadlineMs);
  try {
    return await work(AbortSignal.any([signal, deadline.signal]));
  } finally {
    clearTimeout(timer);
  }
}
