import { describe, expect, it } from 'vitest';
import type { HubEvent } from '../../src/events.js';
import { HubUnreachable } from '../../src/net/errors.js';
import { Outage } from '../../src/net/outage.js';
import { InstantClock } from './instant-clock.js';

const { signal } = new AbortController();
const host = 'hub:1';
const dead = () => Promise.reject(new HubUnreachable({ host, why: 'connection refused' }));

function outage(retryForMs: number) {
  const clock = new InstantClock();
  const events: HubEvent[] = [];
  return { subject: new Outage({ retryForMs, clock, tell: (event) => events.push(event) }), clock, events };
}

async function spendsTry(attempt: Promise<unknown>): Promise<boolean> {
  try {
    await attempt;
  } catch (error) {
    if (error instanceof HubUnreachable) return error.spendsTry;
  }
  throw new Error('it should have failed with HubUnreachable');
}

describe('Outage', () => {
  it('changes nothing without --retry-for', async () => {
    const { subject, events } = outage(0);
    expect(await spendsTry(subject.attempt({ host, signal }, dead))).toBe(true);
    expect(events).toEqual([]);
  });

  it('spends no try until the time is over', async () => {
    const { subject, clock } = outage(60_000);
    let probes = 0;
    while (!(await spendsTry(subject.attempt({ host, signal }, dead)))) probes += 1;
    expect(clock.ms).toBeGreaterThanOrEqual(60_000);
    expect(probes).toBeLessThan(10);
  });

  it('does not wait for what cannot heal, a bad certificate', async () => {
    const { subject, events } = outage(60_000);
    const distrusted = new HubUnreachable({ host, why: 'its certificate has expired', retryable: false });
    expect(await spendsTry(subject.attempt({ host, signal }, () => Promise.reject(distrusted)))).toBe(true);
    expect(events).toEqual([]);
  });

  it('lets one request at a time ask while the others wait, and all go on once one was answered', async () => {
    const { subject, events } = outage(60_000);
    await spendsTry(subject.attempt({ host, signal }, dead));
    let under = 0;
    let answer = (): void => undefined;
    const gate = new Promise<void>((resolve) => (answer = resolve));
    const asked: number[] = [];
    const attempts = [1, 2, 3].map((n) =>
      subject.attempt({ host, signal }, async () => {
        under += 1;
        asked.push(under);
        if (n === 1) await gate;
        return n;
      }),
    );
    await Promise.resolve();
    await Promise.resolve();
    expect(asked).toEqual([1]);
    answer();
    expect(await Promise.all(attempts)).toEqual([1, 2, 3]);
    expect(events.map(({ type }) => type)).toEqual(['waiting', 'waited']);
  });

  it('is none while one of several endpoints answers', async () => {
    const clock = new InstantClock();
    const events: HubEvent[] = [];
    const tell = (event: HubEvent) => events.push(event);
    const subject = new Outage({ retryForMs: 60_000, clock, tell, hosts: () => [host, 'mirror:1'] });
    expect(await spendsTry(subject.attempt({ host, signal }, dead))).toBe(true);
    await subject.attempt({ host: 'mirror:1', signal }, () => Promise.resolve('answered'));
    expect(await spendsTry(subject.attempt({ host, signal }, dead))).toBe(true);
    expect(events).toEqual([]);
    expect(await spendsTry(subject.attempt({ host: 'mirror:1', signal }, dead))).toBe(false);
    expect(events).toHaveLength(1);
  });

  it('passes the turn on when a probe is called off', async () => {
    const { subject } = outage(60_000);
    await spendsTry(subject.attempt({ host, signal }, dead));
    const calledOff = new AbortController();
    const first = subject.attempt({ host, signal: calledOff.signal }, () => {
      calledOff.abort();
      return Promise.reject(new Error('called off'));
    });
    const second = subject.attempt({ host, signal }, () => Promise.resolve('answered'));
    await expect(first).rejects.toThrow('called off');
    expect(await second).toBe('answered');
  });
});
