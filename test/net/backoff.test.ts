import { describe, expect, it } from 'vitest';
import { Interrupted, UsageError } from '../../src/errors.js';
import type { HubEvent } from '../../src/events.js';
import { Backoff } from '../../src/net/backoff.js';
import { HubUnreachable, RateLimited, ServerError } from '../../src/net/errors.js';
import { InstantClock } from './instant-clock.js';

function backoff({ retries = 8, answered = true, random = 1 } = {}) {
  const clock = new InstantClock();
  const events: HubEvent[] = [];
  const subject = new Backoff({
    what: 'model.bin',
    retries,
    contact: { answered },
    tell: (event) => events.push(event),
    clock,
    random: () => random,
  });
  return { subject, clock, events };
}

const busy = new ServerError({ host: 'hub:1', status: 503, url: 'http://hub:1/x' });
const limited = (retryAfterMs: number) => new RateLimited({ host: 'hub:1', retryAfterMs });

/** Fails until it is given up; gives the waits before. */
function waitsUntilGivenUp(subject: Backoff, error: unknown): { waits: number[]; last: unknown } {
  const waits: number[] = [];
  for (;;) {
    try {
      waits.push(subject.failed(error));
    } catch (last) {
      return { waits, last };
    }
  }
}

describe('Backoff', () => {
  it('waits longer each time, at most 30 s, and ends after n more tries', () => {
    const { waits, last } = waitsUntilGivenUp(backoff().subject, busy);
    expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
    expect(last).toMatchObject({ code: 'server-error', exitCode: 5, retryable: true });
    expect(String(last)).toContain('(9 tries)');
  });

  it('takes any part of that wait', () => {
    expect(backoff({ random: 0.25 }).subject.failed(busy)).toBe(125);
  });

  it('gives up after 3 tries in all while nobody has answered', () => {
    const { subject } = backoff({ answered: false });
    expect(waitsUntilGivenUp(subject, new HubUnreachable({ host: 'hub:1', why: 'refused' })).waits).toHaveLength(2);
  });

  it('tries once with no retries, and throws what went wrong as it is', () => {
    const { subject, events } = backoff({ retries: 0 });
    expect(waitsUntilGivenUp(subject, busy)).toEqual({ waits: [], last: busy });
    expect(events).toEqual([]);
  });

  it('tells each failed try: host, why, n of m', () => {
    const { subject, events } = backoff();
    subject.failed(busy);
    expect(events).toEqual([
      {
        type: 'retrying',
        what: 'model.bin',
        host: 'hub:1',
        why: 'answered 503',
        attempt: 1,
        attempts: 9,
        delayMs: 500,
      },
    ]);
  });

  it('counts anew after a new byte, and waits nothing after 64 KiB of them', () => {
    const { subject } = backoff();
    subject.failed(busy);
    subject.failed(busy);
    subject.progressed(1);
    expect(subject.failed(busy)).toBe(500);
    subject.progressed(64 * 1024);
    expect(subject.failed(busy)).toBe(0);
    expect(subject.failed(busy)).toBe(1000);
  });

  it.each([new UsageError('no'), new Interrupted(), new TypeError('a defect')])('never repeats after %s', (error) => {
    expect(() => backoff().subject.failed(error)).toThrow(error);
  });

  it('spends no try on a server that says when to come back', () => {
    const { subject, events } = backoff({ retries: 0 });
    for (let times = 0; times < 20; times += 1) expect(subject.failed(limited(1000))).toBe(0);
    expect(events).toEqual([]);
  });

  it('ends when hints sum up to more than 15 minutes without a new byte, and tells the time', () => {
    const { subject, clock } = backoff();
    for (let minutes = 0; minutes < 15; minutes += 5) {
      subject.failed(limited(5 * 60_000));
      clock.ms += 5 * 60_000;
    }
    expect(() => subject.failed(limited(60_000))).toThrow(
      expect.objectContaining({ code: 'rate-limited', retryAfter: 60 }),
    );
    subject.progressed(1);
    expect(subject.failed(limited(60_000))).toBe(0);
  });

  it('counts the same minutes once when several connections are told to wait', () => {
    const { subject } = backoff();
    for (let connection = 0; connection < 8; connection += 1) expect(subject.failed(limited(5 * 60_000))).toBe(0);
  });

  it('spends a try on a rate limit without a hint', () => {
    expect(backoff().subject.failed(new RateLimited({ host: 'hub:1' }))).toBe(500);
  });

  it('spends no try while an outage is waited out', () => {
    const { subject } = backoff({ retries: 0 });
    expect(subject.failed(new HubUnreachable({ host: 'hub:1', why: 'refused' }).forgiven())).toBe(0);
  });
});
