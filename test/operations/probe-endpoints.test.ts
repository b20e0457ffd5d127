import { expect, it } from 'vitest';
import { probeEndpoints } from '../../src/operations/probe-endpoints.js';
import { contextAt, serve } from './hub-support.js';

it('asks all at the same time, once and without the token, and tells of each how it answered', async () => {
  const answering = await serve({ repos: [] });
  const silent = await serve({ repos: [] });
  silent.fault({ match: { kind: 'list' }, beforeHeaders: 'hang' });
  const portal = await serve({ repos: [] });
  portal.fault({ match: { kind: 'list' }, captivePortal: true, times: Infinity });
  const failing = await serve({ repos: [] });
  failing.fault({ match: { kind: 'list' }, status: 503, times: Infinity });
  const hubs = [silent, portal, failing, answering];
  const context = await contextAt(hubs, { token: 'hf_secret' });
  const startedMs = performance.now();
  const probed = await probeEndpoints([...hubs.map(({ endpoint }) => endpoint), 'http://127.0.0.1:1'], {
    context,
    limitMs: 500,
  });
  expect(performance.now() - startedMs).toBeLessThan(3000);
  const reason = expect.any(String) as string;
  expect(probed).toEqual([
    { endpoint: silent.endpoint, ms: null, reason: 'no answer in 0.5 s' },
    { endpoint: portal.endpoint, ms: null, reason },
    { endpoint: failing.endpoint, ms: null, reason },
    { endpoint: answering.endpoint, ms: expect.any(Number) as number },
    { endpoint: 'http://127.0.0.1:1', ms: null, reason },
  ]);
  expect(hubs.flatMap(({ requests }) => requests).map(({ headers }) => headers.authorization)).toEqual(
    Array(4).fill(undefined),
  );
  expect(context.events).toEqual([]);
});

it('a signal ends it at once', async () => {
  const hub = await serve({ repos: [] });
  hub.fault({ match: { kind: 'list' }, beforeHeaders: 'hang' });
  const context = await contextAt(hub);
  const probed = probeEndpoints([hub.endpoint], { context, limitMs: 60_000 });
  await hub.waitFor(({ kind }) => kind === 'list');
  context.controller.abort();
  await expect(probed).rejects.toMatchObject({ code: 'interrupted' });
});
