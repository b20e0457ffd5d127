import { describe, expect, it } from 'vitest';
import type { HubEvent } from '../../src/events.js';
import { Throttle } from '../../src/net/throttle.js';
import { InstantClock } from './instant-clock.js';

const hub = new URL('http://hub:1/api');
const cdn = new URL('http://cdn:1/blob');
const { signal } = new AbortController();

function throttle() {
  const clock = new InstantClock();
  const events: HubEvent[] = [];
  return { subject: new Throttle({ clock, tell: (event) => events.push(event) }), clock, events };
}

describe('Throttle', () => {
  it('holds back that origin alone', async () => {
    const { subject, clock } = throttle();
    subject.hold(hub, 40_000);
    await subject.pass(cdn, signal);
    expect(clock.slept).toEqual([]);
    await subject.pass(new URL('http://hub:1/other'), signal);
    expect(clock.slept).toEqual([40_000]);
  });

  it('tells once that all wait, and once that the wait is over', async () => {
    const { subject, events } = throttle();
    subject.hold(hub, 40_000);
    subject.hold(hub, 40_000);
    await Promise.all([subject.pass(hub, signal), subject.pass(hub, signal)]);
    expect(events).toEqual([
      { type: 'waiting', reason: 'rate-limit', on: 'hub:1', waitMs: 40_000 },
      { type: 'waited', reason: 'rate-limit', on: 'hub:1' },
    ]);
  });

  it('tells nothing while nobody waits: another endpoint may be asked instead', async () => {
    const { subject, clock, events } = throttle();
    subject.hold(hub, 40_000);
    clock.ms += 40_000;
    await subject.pass(hub, signal);
    expect(events).toEqual([]);
  });

  it('waits for the longest of several hints', async () => {
    const { subject, clock } = throttle();
    subject.hold(hub, 40_000);
    subject.hold(hub, 5000);
    await subject.pass(hub, signal);
    expect(clock.ms).toBe(40_000);
  });

  it('ends at once when more than 15 minutes are asked for', async () => {
    const { subject, clock } = throttle();
    subject.hold(hub, 16 * 60_000);
    await expect(subject.pass(hub, signal)).rejects.toMatchObject({ code: 'rate-limited', retryAfter: 960 });
    expect(clock.slept).toEqual([]);
  });
});
