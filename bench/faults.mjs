import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

const sampleMs = 100;
/** Of the link's rate; below it nothing flows. */
const trickle = 0.005;
const half = 0.5;

/** What happens to a link in the middle of a download: `begin`, `seconds` later `end`. In link.c's commands. */
export const faults = {
  none: {},
  /** A NAT loses its table. */
  forget: { begin: () => 'forget' },
  blackout: { begin: () => 'down', seconds: 20, end: () => 'up' },
  rate: { begin: ({ mbit }) => `rate ${mbit / 50}`, seconds: 30, end: ({ mbit }) => `rate ${mbit}` },
  loss: { begin: () => 'loss 5', seconds: 20, end: ({ lossPercent }) => `loss ${lossPercent}` },
  /** One way. */
  delay: { begin: () => 'delay 200', seconds: 20, end: ({ roundTripMs }) => `delay ${roundTripMs / 2}` },
};

/**
 * Watches what arrives over a link, and lets the fault happen when `startBytes` have.
 *
 * @param stopped  ends the watch when it is aborted
 * @returns bytes that arrived in all; and in seconds `quiet`, in which nothing flowed since the fault began; `recovery` from
 *   the fault's end until bytes flow; `fullRecovery` until they do at half of the link's rate
 */
export async function disturb(link, { fault, shape, startBytes, stopped }) {
  const fullRate = (shape.mbit * 1e6) / 8;
  const watched = { bytes: 0, quiet: 0, recovery: undefined, fullRecovery: undefined };
  let begunMs;
  let endedMs;
  let last = { ms: performance.now(), bytes: await link.arrived() };
  while (!stopped.aborted) {
    await sleep(sampleMs);
    const bytes = await link.arrived();
    const ms = performance.now();
    const rate = ((bytes - last.bytes) * 1000) / (ms - last.ms);
    if (begunMs !== undefined && rate < fullRate * trickle) watched.quiet += (ms - last.ms) / 1000;
    if (endedMs !== undefined && last.ms > endedMs) {
      const seconds = (last.ms - endedMs) / 1000;
      if (rate >= fullRate * trickle) watched.recovery ??= seconds;
      if (rate >= fullRate * half) watched.fullRecovery ??= seconds;
    }
    if (fault.begin !== undefined && begunMs === undefined && bytes >= startBytes) {
      begunMs = performance.now();
      link.tell(fault.begin(shape));
      if (fault.end === undefined) endedMs = performance.now();
    }
    if (begunMs !== undefined && endedMs === undefined && ms - begunMs >= fault.seconds * 1000) {
      link.tell(fault.end(shape));
      endedMs = performance.now();
    }
    last = { ms, bytes };
  }
  return { ...watched, bytes: last.bytes };
}
