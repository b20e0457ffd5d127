/**
 * How long a server asks to be left alone, in ms; undefined where it does not say.
 *
 * A `RateLimit` (IETF draft) with nothing left is exact; else `Retry-After`, in seconds or as a date (RFC 9110 10.2.3),
 * which is compared with the server's own `Date`, since clocks differ.
 */
export function rateHintMs(
  { status, header }: { status: number; header: (name: string) => string | undefined },
  wallClockMs: number,
): number | undefined {
  if (status !== 429 && status !== 503) return undefined;
  const hint = (status === 429 ? windowMs(header('ratelimit')) : undefined) ?? retryAfterMs(header, wallClockMs);
  return hint === undefined ? undefined : Math.max(leastHintMs, hint);
}

/** `Retry-After: 0` again and again must not become a storm of requests. */
const leastHintMs = 1000;

/** `"resolvers";r=0;t=42`: nothing left for 42 s. A second more, as `t` is rounded. */
function windowMs(rateLimit: string | undefined): number | undefined {
  const left = /;\s*r\s*=\s*(\d+)/.exec(rateLimit ?? '')?.[1];
  const seconds = /;\s*t\s*=\s*(\d+)/.exec(rateLimit ?? '')?.[1];
  if (left === undefined || seconds === undefined || Number(left) > 0) return undefined;
  return (Number(seconds) + 1) * 1000;
}

function retryAfterMs(header: (name: string) => string | undefined, wallClockMs: number): number | undefined {
  const retryAfter = header('retry-after')?.trim() ?? '';
  if (/^\d+$/.test(retryAfter)) return Number(retryAfter) * 1000;
  const until = /^[A-Z]/i.test(retryAfter) ? Date.parse(retryAfter) : NaN;
  if (Number.isNaN(until)) return undefined;
  const serverNow = Date.parse(header('date') ?? '');
  return Math.max(0, until - (Number.isNaN(serverNow) ? wallClockMs : serverNow));
}
