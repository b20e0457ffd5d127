import { type Finding, ok, warning } from './finding.js';

/** Less is told by nobody: `Date` has whole seconds, and answers take a while. */
const toleratedMs = 60_000;

export interface DatedAnswer {
  readonly host: string;
  readonly header: (name: string) => string | undefined;
  /** When it came, by this machine's clock: ms since 1970. */
  readonly receivedMs: number;
}

/** Is this machine's clock that of the server? Undefined where it does not say (RFC 9110 6.6.1). */
export function examineClock({ host, header, receivedMs }: DatedAnswer): Finding | undefined {
  const madeMs = Date.parse(header('date') ?? '');
  if (Number.isNaN(madeMs)) return undefined;
  // A cache on the way keeps the answer's date, and says how old it is (RFC 9111 5.1).
  const age = /^\d+$/.exec(header('age')?.trim() ?? '')?.[0] ?? '0';
  const skewMs = receivedMs - (madeMs + Number(age) * 1000);
  const about = { check: 'clock', target: host, measures: { skewSeconds: Math.round(skewMs / 1000) } } as const;
  if (Math.abs(skewMs) <= toleratedMs) return ok({ ...about, message: 'right' });
  const direction = skewMs > 0 ? 'ahead of' : 'behind';
  return warning({
    ...about,
    message: `this machine's clock is ${spanOf(Math.abs(skewMs))} ${direction} the server's`,
    hint: 'Set it (NTP): certificates and signed addresses are judged by the time of day.',
  });
}

function spanOf(ms: number): string {
  const minutes = ms / 60_000;
  if (minutes < 120) return `${Math.round(minutes)} min`;
  return minutes < 48 * 60 ? `${Math.round(minutes / 60)} h` : `${Math.round(minutes / 60 / 24)} days`;
}
