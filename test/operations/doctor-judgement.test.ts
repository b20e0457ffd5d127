import { describe, expect, it } from 'vitest';
import { RateLimited, ServerError, HubUnreachable } from '../../src/net/errors.js';
import { adviceFor } from '../../src/operations/doctor/advice.js';
import { judgeMode } from '../../src/operations/doctor/cache-folder.js';
import { Findings } from '../../src/operations/doctor/findings.js';
import { Probes } from '../../src/operations/doctor/probes.js';
import { networkBy } from '../net/network.js';
import { examineClock } from '../../src/operations/doctor/clock.js';
import { judgeLinks } from '../../src/operations/doctor/links.js';
import { judgeSpace } from '../../src/operations/doctor/space.js';
import { judgeSpeed } from '../../src/operations/doctor/speed.js';

describe('advice', () => {
  it.each([
    ['no such host (DNS)', /spelling of --endpoint/],
    ['its name cannot be looked up (DNS)', /No name server answers/],
    ['no network', /no way there/],
    ['no route to the host', /no way there/],
    ['connection refused', /nothing listens/],
    ['connecting timed out', /firewall/],
    ['no good answer within 10 s', /firewall/],
    ['connection reset', /ends the connection/],
    ['no TLS there', /http:\/\/ or https:\/\//],
    ['through the proxy p:1: no such host (DNS)', /address of the proxy/],
    ['through the proxy p:1: connecting timed out', /proxy does not answer/],
    ['through the proxy p:1: it answered 403', /ask whoever runs it/],
    ['EWHATEVER', /Look at the network/],
  ])('%s', (why, advice) => {
    expect(adviceFor(new HubUnreachable({ host: 'h', why }))).toMatch(advice);
  });

  it('keeps what an error knows itself', () => {
    const hint = 'the certificate is wrong';
    expect(adviceFor(new HubUnreachable({ host: 'h', why: 'x', retryable: false, hint }))).toBe(hint);
    expect(adviceFor(new RateLimited({ host: 'h', retryAfterMs: 7000 }))).toContain('7 s');
    expect(adviceFor(new ServerError({ host: 'h', status: 502, url: 'u' }))).toContain('wait');
  });
});

describe('the clock', () => {
  const serverMs = Date.parse('2026-01-02T03:04:05Z');
  const skewed = (ms: number, headers: Record<string, string> = {}) =>
    examineClock({
      host: 'h',
      header: (name) => ({ date: new Date(serverMs).toUTCString(), ...headers })[name],
      receivedMs: serverMs + ms,
    });

  it.each([
    [0, 'ok', 'right'],
    [60_000, 'ok', 'right'],
    [-59_000, 'ok', 'right'],
    [5 * 60_000, 'warning', '5 min ahead of'],
    [-3 * 3_600_000, 'warning', '3 h behind'],
    [400 * 86_400_000, 'warning', '400 days ahead of'],
  ])('that is %d ms off', (ms, state, message) => {
    const found = skewed(ms);
    expect(found?.state).toBe(state);
    expect(found?.message).toContain(message);
  });

  it('is not blamed for an answer that a cache kept', () => {
    expect(skewed(600_000, { age: '600' })?.state).toBe('ok');
  });

  it('is not judged where the server tells no time', () => {
    expect(skewed(0, { date: 'soon' })).toBeUndefined();
  });
});

describe('the cache', () => {
  it.each([
    [50e6, 'failed'],
    [5e9, 'warning'],
    [50e9, 'ok'],
  ])('with %d bytes free', (bytes, state) => {
    const found = judgeSpace('/c', bytes);
    expect(found.state).toBe(state);
    expect(found.error?.exitCode).toBe(state === 'failed' ? 7 : undefined);
  });

  it('that everybody may change is told, unless each may delete only his own', () => {
    expect(judgeMode('/c', { mode: 0o40777, uid: 1 })).toMatchObject({ state: 'warning' });
    expect(judgeMode('/c', { mode: 0o41777, uid: 1 })).toMatchObject({ state: 'ok' });
    expect(judgeMode('/c', { mode: 0o42775, uid: 1 })).toMatchObject({ state: 'ok' });
  });

  const all = { symlinks: true, wanted: true, hardLinks: true, reflinks: true };
  it.each([
    [{}, 'ok', undefined],
    [{ reflinks: false }, 'ok', undefined],
    [{ symlinks: false }, 'warning', 'its own copies'],
    [{ wanted: false }, 'warning', 'HF_HUB_DISABLE_SYMLINKS'],
    [{ hardLinks: false, reflinks: false }, 'warning', 'twice'],
  ])('whose links differ: %o', (can, state, hint) => {
    const found = judgeLinks('/c', { ...all, ...can });
    expect(found.state).toBe(state);
    if (hint !== undefined) expect(found.hint).toContain(hint);
  });
});

it('a speed that is low by one connection alone is no fault', () => {
  expect(judgeSpeed({ host: 'h', one: 50_000, several: 5e6 })).toMatchObject({ state: 'ok' });
  expect(judgeSpeed({ host: 'h', one: 20_000, several: 60_000 })).toMatchObject({ state: 'warning' });
});

it('what had no time left is not blamed', async () => {
  const { signal } = new AbortController();
  const findings = new Findings(signal);
  const probes = new Probes(networkBy(undefined), { signal, tell: () => undefined, allMs: 0 });
  const asked = { check: 'repo', target: 'org/name' } as const;
  const unasked = () => Promise.reject(new Error('it was asked'));
  await findings.attempt(asked, () => probes.within('h', unasked));
  expect(findings.all).toEqual([expect.objectContaining({ ...asked, state: 'warning' })]);
  await probes.close();
});
