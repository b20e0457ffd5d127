import { readFileSync } from 'node:fs';
import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises';
import { createServer as createTlsServer } from 'node:tls';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type DoctorRequest, examineAll } from '../../src/operations/doctor/doctor.js';
import type { CheckName, Finding } from '../../src/operations/doctor/finding.js';
import type { Settings } from '../../src/settings/settings.js';
import { fixture } from '../net/lane-server.js';
import { listening, startHttpProxy, startSilentServer } from '../support/http-proxy.js';
import type { Fault } from '../support/hub-server/faults.js';
import { repoWith } from '../support/hub-server/repos.js';
import type { Hub } from '../support/hub-server/server.js';
import { startSocksProxy } from '../support/socks-server.js';
import { serveSecurely } from '../e2e/support/secure-front.js';
import { contextAt, serve } from './hub-support.js';

const program = { searchPath: '', file: '/x/hub.js' };
const token = 'hf_abcdefghijklmnopqrstuvwxyz';
const files = { 'config.json': '{}', 'model.bin': { size: 3_000_000, lfs: true, seed: 1 } };

function serveModels(): Promise<Hub> {
  return serve({
    repos: [
      repoWith({ id: 'org/gated', files, gated: 'manual', downloads: 90 }),
      repoWith({ id: 'org/open', files, downloads: 10 }),
      repoWith({ id: 'org/secret', files, private: true }),
    ],
    users: [{ token, name: 'ann', mayRead: ['org/secret'] }],
  });
}

interface Examined {
  readonly failed: readonly Finding[];
  readonly warned: readonly Finding[];
  readonly of: (check: CheckName) => Finding | undefined;
  readonly exitCode: number;
}

async function examine(
  hub: Hub,
  overrides: Partial<Settings> = {},
  request: Partial<DoctorRequest> = {},
): Promise<Examined> {
  const context = await contextAt(hub, overrides);
  const { findings, failure } = await examineAll({ program, ...request }, context);
  return {
    failed: findings.filter(({ state }) => state === 'failed'),
    warned: findings.filter(({ state }) => state === 'warning'),
    of: (check) => findings.find((finding) => finding.check === check),
    exitCode: failure?.exitCode ?? 0,
  };
}

const at = (url: string): Partial<Settings> => ({ endpoints: [{ url, sendsToken: true }] });
const always = (fault: Fault): Fault => ({ times: Infinity, ...fault });
/** A port where nothing listens. */
const closedPort = 'http://127.0.0.1:1';

/** The one line that failed, as a person reads it. */
function onlyFailure({ failed }: Examined): string {
  expect(failed.map(({ check }) => check)).toHaveLength(1);
  const [{ check, message, hint } = { check: '', message: '', hint: '' }] = failed;
  return `${check}: ${message} -> ${hint ?? ''}`;
}

describe('where all is well', () => {
  it('measures the way to the hub and its CDN, and leaves nothing in the cache', async () => {
    const hub = await serveModels();
    const context = await contextAt(hub, { token });
    const { findings, failure, complete } = await examineAll({ program }, context);
    expect({ failure, complete }).toEqual({ failure: undefined, complete: true });
    const checks = findings.filter(({ check }) => check !== 'space').map(({ check, state }) => `${check} ${state}`);
    expect(checks).toEqual(
      [
        'program ok',
        'trust ok',
        'proxy ok',
        'connection ok',
        'answer ok',
        'clock ok',
        'token ok',
        'repo ok',
        'cdn ok',
        'ranges ok',
        'speed ok',
        'cache ok',
        'links ok',
      ].filter((line) => checks.includes('links ok') || line !== 'links ok'),
    );
    expect(findings.find(({ check }) => check === 'token')?.message).toContain('ann');
    expect(findings.find(({ check }) => check === 'cdn')?.target).toBe(new URL(hub.cdnOrigin).host);
    const speed = findings.find(({ check }) => check === 'speed')?.measures ?? {};
    expect(Object.values(speed).every((value) => value > 0)).toBe(true);
    expect(await readdir(context.settings.cacheDir)).toEqual([]);
  });

  it('takes the repo that is named, and says how it is open', async () => {
    const hub = await serveModels();
    const asked = { repo: { type: 'model', name: 'org/secret' }, revision: 'main' } as const;
    const found = await examine(hub, { token }, { asked });
    expect(found.of('repo')).toMatchObject({ target: 'org/secret', state: 'ok' });
    expect(found.of('repo')?.message).toContain('private');
    expect(hub.count({ kind: 'cdn', repo: 'org/secret' })).toBeGreaterThan(1);
  });

  it('asks nobody offline, and looks at the cache all the same', async () => {
    const hub = await serveModels();
    const found = await examine(hub, { offline: true });
    expect(found.of('offline')?.hint).toContain('HF_HUB_OFFLINE');
    expect(found.of('cache')?.state).toBe('ok');
    expect(hub.requests).toEqual([]);
  });
});

describe('names what is wrong on the way to the hub, and ends with its exit code', () => {
  it('a name that nobody knows, or no name server', async () => {
    const found = await examine(await serveModels(), at('http://no-such-hub.invalid'));
    expect(onlyFailure(found)).toMatch(/^connection: cannot reach no-such-hub\.invalid: .*\(DNS\) -> .*DNS/);
    expect(found.exitCode).toBe(5);
  });

  it('a port where nobody listens', async () => {
    const found = await examine(await serveModels(), at(closedPort));
    expect(onlyFailure(found)).toMatch(
      /^connection: cannot reach 127\.0\.0\.1:1: connection refused -> .*nothing listens/,
    );
    expect(found.exitCode).toBe(5);
  });

  it('a login page in place of the hub', async () => {
    const hub = await serveModels();
    hub.fault(always({ captivePortal: true }));
    const found = await examine(hub);
    expect(onlyFailure(found)).toMatch(/^answer: .* gave a web page instead of the hub's answer -> .*login page/);
    expect(found.failed[0]?.error?.code).toBe('not-the-hub');
  });

  it('a network that wants a login (511)', async () => {
    const hub = await serveModels();
    hub.fault(always({ status: 511 }));
    expect(onlyFailure(await examine(hub))).toMatch(/^answer: .*answered 511 -> .*log in first/);
  });

  it('a hub that is down (503)', async () => {
    const hub = await serveModels();
    hub.fault(always({ status: 503 }));
    const found = await examine(hub);
    expect(onlyFailure(found)).toMatch(/^answer: .*\/api\/models answered 503 -> .*trouble of its own/);
    expect(found.failed[0]?.error?.code).toBe('server-error');
  });

  it('a rate limit, with its time', async () => {
    const hub = await serveModels();
    hub.fault(always({ status: 429, retryAfter: 300 }));
    const found = await examine(hub);
    expect(onlyFailure(found)).toMatch(/^answer: .*asks to wait 300 s.* -> Try again in 300 s/);
    expect(found.failed[0]?.error).toMatchObject({ code: 'rate-limited', retryAfter: 300 });
  });

  it("a middlebox's certificate, and who signed it", async () => {
    const pem = readFileSync(fixture('other-name.pem'));
    const server = createTlsServer({ key: pem, cert: pem }).on('tlsClientError', () => undefined);
    const port = await listening(server, new Set());
    const found = await examine(await serveModels(), at(`https://localhost:${port}`));
    expect(onlyFailure(found)).toMatch(/^connection: .*signed by itself.*; signed by .* -> .*NODE_EXTRA_CA_CERTS/);
    expect(found.exitCode).toBe(5);
  });

  it('a certificate whose authority is not known here, and none where it is', async () => {
    const hub = await serveModels();
    const { origin } = await serveSecurely(hub);
    expect(onlyFailure(await examine(hub, at(origin)))).toMatch(/^connection: .*not trusted here/);
    const certificateFile = fixture('authority.pem');
    const trusting = await examine(hub, { ...at(origin), certificateFile });
    expect(trusting.failed).toEqual([]);
    expect(trusting.of('connection')?.message).toContain('TLSv1.3');
    expect(trusting.of('trust')?.message).toContain(certificateFile);
  });

  it('a file of certificates that is none', async () => {
    const found = await examine(await serveModels(), { certificateFile: '/nowhere/ca.pem' });
    expect(onlyFailure(found)).toMatch(/^trust: SSL_CERT_FILE: \/nowhere\/ca\.pem can't be read/);
    expect(found.exitCode).toBe(2);
  });

  it("a clock that is not the server's", async () => {
    const hub = await serveModels();
    const date = new Date(Date.now() - 3 * 3_600_000).toUTCString();
    hub.fault(always({ match: { kind: 'list' }, headers: { date } }));
    const found = await examine(hub);
    expect(found.of('clock')).toMatchObject({ state: 'warning', hint: expect.stringContaining('NTP') as string });
    expect(found.of('clock')?.message).toContain('3 h ahead of');
    expect(found.exitCode).toBe(0);
  });
});

describe('names what is wrong with a proxy', () => {
  it('one that wants an account (407), for a tunnel and for plain http', async () => {
    const hub = await serveModels();
    const { url: withAccount } = await startHttpProxy({ account: { username: 'ann', password: 'secret' } });
    const url = `http://${new URL(withAccount).host}`;
    const { origin } = await serveSecurely(hub);
    const tunnel = await examine(hub, { ...at(origin), httpsProxy: url });
    const forwarded = await examine(hub, { httpProxy: url });
    expect(onlyFailure(tunnel)).toMatch(/^connection: .*through the proxy .*answered 407 -> Give user and password/);
    expect(onlyFailure(forwarded)).toMatch(/^answer: .*through the proxy .*answered 407 -> Give user and password/);
  });

  it('one that ends every connection', async () => {
    const hub = await serveModels();
    const port = await listening(
      createServer((socket) => socket.on('error', () => undefined).end()),
      new Set(),
    );
    const { origin } = await serveSecurely(hub);
    const found = await examine(hub, { ...at(origin), httpsProxy: `http://127.0.0.1:${port}` });
    expect(onlyFailure(found)).toMatch(/^connection: .*through the proxy .*closed.* -> The proxy ends the connection/);
  });

  it('one that is not there, and one that refuses the host', async () => {
    const hub = await serveModels();
    const absent = await examine(hub, { httpProxy: closedPort });
    expect(onlyFailure(absent)).toMatch(
      /^connection: .*through the proxy .*refused -> Nothing listens where the proxy/,
    );
    const { url } = await startSocksProxy({ reply: 2 });
    const refusing = await examine(hub, { httpProxy: url });
    expect(onlyFailure(refusing)).toMatch(/^connection: .*through the proxy .* -> .*ask whoever runs it/);
  });

  it('tells which one is used, without its account', async () => {
    const hub = await serveModels();
    const { url } = await startHttpProxy({ account: { username: 'ann', password: 'secret' } });
    const found = await examine(hub, { httpProxy: url });
    expect(found.of('proxy')?.message).toBe(`http://${new URL(url).host}`);
    expect(found.failed).toEqual([]);
  });
});

describe('names what is wrong behind the first answer', () => {
  it('a token that the hub does not take: the rest is looked at without it', async () => {
    const found = await examine(await serveModels(), { token: 'hf_expired' });
    expect(onlyFailure(found)).toMatch(/^token: .*does not accept the token -> .*expired/);
    expect(found.exitCode).toBe(4);
    expect(found.of('speed')?.state).toBe('ok');
  });

  it('a repo that is not there, or is gated', async () => {
    const hub = await serveModels();
    const asked = (name: string) => ({ asked: { repo: { type: 'model', name }, revision: 'main' } }) as const;
    const absent = await examine(hub, {}, asked('org/absent'));
    expect(onlyFailure(absent)).toMatch(/^repo: model org\/absent is not on .*, or is private/);
    expect(absent.exitCode).toBe(3);
    const gated = await examine(hub, { token }, asked('org/gated'));
    expect(onlyFailure(gated)).toMatch(/^file: model org\/gated is gated.* -> Ask for access at/);
    expect(gated.exitCode).toBe(4);
  });

  it('a CDN that is not reached', async () => {
    const hub = await serveModels();
    hub.fault(always({ match: { kind: 'resolve' }, redirectTo: `${closedPort}/x` }));
    const found = await examine(hub);
    expect(onlyFailure(found)).toMatch(/^cdn: cannot reach 127\.0\.0\.1:1: connection refused/);
    expect(found.of('answer')?.state).toBe('ok');
  });

  it('a CDN that refuses signed addresses', async () => {
    const hub = await serveModels();
    hub.fault(always({ match: { kind: 'cdn' }, expired: true }));
    expect(onlyFailure(await examine(hub))).toMatch(/^cdn: .*refuses the address.* -> .*clock/);
  });

  it('a CDN that sends whole files only', async () => {
    const hub = await serveModels();
    hub.fault(always({ match: { kind: 'cdn' }, ignoreRange: true }));
    const found = await examine(hub);
    expect(found.failed).toEqual([]);
    expect(found.of('ranges')).toMatchObject({ state: 'warning', hint: expect.stringContaining('Range') as string });
  });

  it('a CDN of other bytes than are listed', async () => {
    const hub = await serveModels();
    hub.fault(always({ match: { kind: 'cdn' }, shiftContentRangeBy: 7 }));
    const found = await examine(hub);
    expect(onlyFailure(found)).toMatch(/^ranges: .*were asked for/);
    expect(found.exitCode).toBe(6);
  });
});

describe('names what is wrong with the cache', () => {
  it('a file in its place', async () => {
    const hub = await serveModels();
    const context = await contextAt(hub);
    const cacheDir = join(context.settings.cacheDir, 'file');
    await writeFile(cacheDir, '');
    const { failure } = await examineAll({ program }, { ...context, settings: { ...context.settings, cacheDir } });
    expect(failure).toMatchObject({ exitCode: 7, code: 'in-the-way' });
  });

  it('one that is not there yet is no fault, and is not made', async () => {
    const hub = await serveModels();
    const context = await contextAt(hub);
    const cacheDir = join(context.settings.cacheDir, 'a', 'b');
    const settings = { ...context.settings, cacheDir };
    expect((await examineAll({ program }, { ...context, settings })).failure).toBeUndefined();
    expect(await readdir(context.settings.cacheDir)).toEqual([]);
  });

  it('one that may not be written', async (test) => {
    if (process.getuid?.() === 0) test.skip('root may write everywhere');
    const hub = await serveModels();
    const context = await contextAt(hub);
    await chmod(context.settings.cacheDir, 0o500);
    expect((await examineAll({ program }, context)).failure).toMatchObject({ exitCode: 7, code: 'no-permission' });
    await chmod(context.settings.cacheDir, 0o700);
  });
});

describe('names another program', () => {
  it('that bears the name of this one and comes first', async () => {
    const hub = await serveModels();
    const context = await contextAt(hub, { offline: true });
    const folder = join(context.settings.cacheDir, 'bin');
    await mkdir(folder);
    await writeFile(join(folder, 'hub'), '\x7fELF github.com/github/hub');
    const look = async (file: string) => {
      const { findings } = await examineAll({ program: { searchPath: folder, file } }, context);
      return findings.find(({ check }) => check === 'program');
    };
    expect(await look('/elsewhere/hub.js')).toMatchObject({
      state: 'warning',
      hint: expect.stringContaining('model-hub') as string,
    });
    expect(await look(join(folder, 'hub'))).toMatchObject({ state: 'ok' });
    await writeFile(join(folder, 'hub'), '#!/bin/sh\nexec node "$basedir/node_modules/model-hub-cli/bin/hub.js" "$@"');
    expect(await look('/elsewhere/hub.js')).toMatchObject({ state: 'ok' });
  });
});

it('a signal ends it at once, with what was found so far', async () => {
  const { host } = await startSilentServer();
  const context = await contextAt(await serveModels(), at(`http://${host}`));
  const running = examineAll({ program }, context);
  context.controller.abort();
  const { complete, findings, failure } = await running;
  expect(complete).toBe(false);
  expect(findings.map(({ check }) => check)).toContain('program');
  expect(failure?.exitCode).toBe(130);
});
