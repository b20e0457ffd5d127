import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { exchange } from '../../src/net/exchange.js';
import { type NetworkSettings, createNetwork } from '../../src/net/network.js';
import { authorityFile, fixture, rawServer, respondPlainly } from './lane-server.js';
import { laneTo } from './lane-support.js';
import { networkBy, plainNetwork } from './network.js';

const untrusted = /its certificate is signed by somebody who is not trusted here/;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hub-trust-'));
  await writeFile(join(folder, 'none.pem'), 'no certificate');
  await writeFile(join(folder, 'broken.pem'), '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n');
  await mkdir(join(folder, 'certs', 'below'), { recursive: true });
  await copyFile(authorityFile, join(folder, 'certs', '0a1b2c3d.0'));
  await symlink('nowhere', join(folder, 'certs', 'dangling.pem'));
  await copyFile(join(folder, 'none.pem'), join(folder, 'certs', 'README'));
});

afterAll(() => rm(folder, { recursive: true }));

/** Asks a server whose certificate the fixtures' authority has signed, by undici and by the lane. */
async function outcomes(settings: Partial<NetworkSettings>): Promise<string[]> {
  const { url } = await rawServer(respondPlainly, { tls: true });
  const { context, read } = laneTo(url, { network: networkBy(undefined, settings) });
  const request = { url, headers: { range: 'bytes=0-9' }, credentials: 'none' as const };
  const signal = new AbortController().signal;
  const answers = [
    exchange(context, { ...request, signal }).then(({ status }) => String(status)),
    read(0, 10).then(({ kind }) => kind),
  ];
  return Promise.all(answers.map((answer) => answer.catch((error: unknown) => String(error))));
}

describe('who is trusted', () => {
  it('is not whoever says so', async () => {
    for (const outcome of await outcomes({})) expect(outcome).toMatch(untrusted);
  });

  it('is not everybody, whatever Node is told', async () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    onTestFinished(() => void vi.unstubAllEnvs());
    for (const outcome of await outcomes({})) expect(outcome).toMatch(untrusted);
  });

  it('comes from SSL_CERT_FILE', async () => {
    expect(await outcomes({ certificateFile: authorityFile })).toEqual(['206', 'brought']);
  });

  it('comes from all files in SSL_CERT_DIR', async () => {
    const certificateFolders = ['/nonexistent', join(folder, 'certs')];
    expect(await outcomes({ certificateFolders })).toEqual(['206', 'brought']);
  });

  it('comes from NODE_EXTRA_CA_CERTS besides SSL_CERT_FILE', async () => {
    const settings = { certificateFile: fixture('other-name.pem'), extraCertificateFile: authorityFile };
    expect(await outcomes(settings)).toEqual(['206', 'brought']);
  });

  it('is nobody whom SSL_CERT_FILE does not name', async () => {
    for (const outcome of await outcomes({ certificateFile: fixture('other-name.pem') })) {
      expect(outcome).toMatch(untrusted);
    }
  });
});

describe('a file of certificates', () => {
  const settingsOf: Readonly<Record<string, (path: string) => Partial<NetworkSettings>>> = {
    SSL_CERT_FILE: (path) => ({ certificateFile: path }),
    SSL_CERT_DIR: (path) => ({ certificateFolders: [path] }),
    NODE_EXTRA_CA_CERTS: (path) => ({ extraCertificateFile: path }),
  };

  it.each([
    ['SSL_CERT_FILE', 'missing.pem', "can't be read (ENOENT"],
    ['SSL_CERT_FILE', '.', "can't be read (EISDIR"],
    ['SSL_CERT_FILE', 'none.pem', 'has no certificate'],
    ['SSL_CERT_FILE', 'broken.pem', 'has no certificate'],
    ['NODE_EXTRA_CA_CERTS', 'missing.pem', "can't be read (ENOENT"],
    ['NODE_EXTRA_CA_CERTS', 'none.pem', 'has no certificate'],
    ['SSL_CERT_DIR', 'missing', 'no certificate in PEM form in'],
    ['SSL_CERT_DIR', 'certs/below', 'no certificate in PEM form in'],
  ])('of %s that cannot be used ends the run: %s', (variable, name, why) => {
    const path = join(folder, name);
    const create = () => createNetwork({ ...plainNetwork, ...settingsOf[variable]?.(path) });
    expect(create).toThrow(
      expect.objectContaining({ code: 'usage', message: expect.stringContaining(`${variable}: `) as string }),
    );
    expect(create).toThrow(why);
    expect(create).toThrow(path);
  });
});
