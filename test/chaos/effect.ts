import type { FaultEffect } from '../support/hub-server/faults.js';
import type { PlannedFault } from './plan.js';

/** Leads to itself for ever. */
export const loopPath = '/redirect-loop';

/** Below the 1 KiB that a connection must bring in a stall timeout of up to 3 s. */
const dripBytesPerSecond = 250;
/** Far enough from any range that was asked for, near enough to look like one. */
const shiftBytes = 4096;
/** Some of an API's JSON. */
const someJson = 10;

/** What the loopback hub must do to an answer whose body begins at byte `start` of its file. */
export function effectOf(fault: PlannedFault, start: number): FaultEffect {
  const after = fault.on === 'bytes' ? fault.at - start : someJson;
  const hasBody = fault.on === 'bytes';
  switch (fault.kind) {
    case 'cut':
      return { beforeHeaders: 'close' };
    case 'RST':
      return hasBody ? { resetAfter: after } : { beforeHeaders: 'reset' };
    case 'FIN':
      return { closeAfter: after };
    case 'stall':
      return hasBody ? { stallAfter: after } : { beforeHeaders: 'hang' };
    case '5xx':
      return { status: fault.status };
    case '429':
      // With a hint and without one.
      return fault.status === 500 ? { status: 429 } : { status: 429, retryAfter: 1 };
    case 'flipped byte':
      return hasBody ? { flipByteAt: fault.at } : {};
    case 'short body':
      return { truncateTo: after };
    case 'wrong range':
      return { shiftContentRangeBy: shiftBytes };
    case 'ignored range':
      return { ignoreRange: true };
    case 'expired URL':
      return { expired: true };
    case 'slow drip':
      return { bytesPerSecond: dripBytesPerSecond };
    case 'redirect loop':
      return { redirectTo: loopPath };
  }
}

/** Where in the file the body ends or changes; undefined: the fault strikes with the answer's head. */
export function strikesAt(fault: PlannedFault): number | undefined {
  if (fault.on !== 'bytes') return undefined;
  switch (fault.kind) {
    case 'RST':
    case 'FIN':
    case 'stall':
    case 'short body':
      return fault.at;
    case 'flipped byte':
      return fault.at + 1;
    default:
      return undefined;
  }
}
