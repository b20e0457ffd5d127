import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/errors.js';
import { readSettings } from '../../src/settings/read-settings.js';

type Given = Partial<Pick<Parameters<typeof readSettings>[0], 'flags' | 'environment' | 'platform'>> & {
  config?: string;
};

function read({ flags = {}, environment = {}, platform = 'linux', config = '' }: Given) {
  const readFile = (path: string) => Promise.resolve(path.endsWith('.toml') ? config : '');
  return readSettings({ flags, environment, platform, homeDir: '/home/ann', workingDir: '/place', readFile });
}

/** The proxies for http and for https. */
async function proxies(given: Given): Promise<(string | undefined)[]> {
  const { settings } = await read(given);
  return [settings.httpProxy, settings.httpsProxy];
}

describe('a proxy', () => {
  const [a, b, c] = ['http://a:1', 'https://b:2', 'socks5h://c:3'];

  it.each<[Readonly<Record<string, string>>, (string | undefined)[]]>([
    [{ http_proxy: a }, [a, undefined]],
    [{ HTTP_PROXY: a }, [a, undefined]],
    [{ https_proxy: b }, [undefined, b]],
    [{ HTTPS_PROXY: b }, [undefined, b]],
    [{ http_proxy: a, https_proxy: b, all_proxy: c }, [a, b]],
    [{ ALL_PROXY: c }, [c, c]],
    [{ ALL_PROXY: c, HTTP_PROXY: a }, [a, c]],
    [{ all_proxy: a, ALL_PROXY: c }, [a, a]],
    [{ https_proxy: a, HTTPS_PROXY: b }, [undefined, a]],
    [{ https_proxy: '', HTTPS_PROXY: b, ALL_PROXY: ' ' }, [undefined, b]],
    [{ http_proxy: 'gateway:3128', all_proxy: 'me:pw@gateway' }, ['http://gateway:3128', 'http://me:pw@gateway']],
    [{ HTTP_PROXY: a, REQUEST_METHOD: 'GET' }, [undefined, undefined]],
    [{ http_proxy: a, REQUEST_METHOD: 'GET' }, [a, undefined]],
    [{ HUB_PROXY: c, http_proxy: a, https_proxy: b }, [c, c]],
  ])('of %j', async (environment, expected) => {
    expect(await proxies({ environment })).toEqual(expected);
  });

  it('of the flag beats all variables, which beat the config file', async () => {
    const config = `proxy = "${c}"`;
    const environment = { HUB_PROXY: b, http_proxy: b, https_proxy: b };
    expect(await proxies({ flags: { proxy: a }, environment, config })).toEqual([a, a]);
    expect(await proxies({ environment: { https_proxy: b }, config })).toEqual([c, b]);
  });

  it('tells where it came from', async () => {
    const { origins } = await read({ environment: { HTTPS_PROXY: b, no_proxy: 'x' } });
    expect(origins.httpsProxy).toEqual({ kind: 'environment', name: 'HTTPS_PROXY' });
    expect(origins.noProxy).toEqual({ kind: 'environment', name: 'no_proxy' });
    expect(origins.httpProxy.kind).toBe('default');
  });

  it.each<[Given, string]>([
    [{ flags: { proxy: 'socks4://x' } }, '--proxy: "socks4://x" is not the address of a proxy'],
    [{ environment: { ALL_PROXY: 'ftp://me:secret@x' } }, 'ALL_PROXY: "ftp://***@x" is not the address of a proxy'],
    [{ environment: { https_proxy: 'ftp://me:se,c ret@x' } }, 'https_proxy: "ftp://***@x" is not'],
  ])('that is none is told once: %j', async (given, message) => {
    const error: unknown = await read(given).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UsageError);
    expect((error as UsageError).message).toContain(message);
    expect((error as UsageError).message).not.toContain('settings are wrong');
  });
});

it.each([
  [{ NO_PROXY: 'a, .b,,10.0.0.0/8' }, ['a', '.b', '10.0.0.0/8']],
  [{ no_proxy: 'a b', NO_PROXY: 'c' }, ['a', 'b']],
  [{ no_proxy: '', NO_PROXY: '*' }, ['*']],
])('what is asked without a proxy: %j', async (environment, expected) => {
  expect((await read({ environment })).settings.noProxy).toEqual(expected);
});

it('files of certificates are found from where the program was called', async () => {
  const environment = {
    SSL_CERT_FILE: '~/ca.pem',
    SSL_CERT_DIR: 'certs:/etc/certs:',
    NODE_EXTRA_CA_CERTS: 'extra.pem',
  };
  expect((await read({ environment })).settings).toMatchObject({
    certificateFile: '/home/ann/ca.pem',
    certificateFolders: ['/place/certs', '/etc/certs'],
    extraCertificateFile: 'extra.pem',
  });
});

it('a list of folders is split as the platform does it', async () => {
  const environment = { SSL_CERT_DIR: 'C:\\a;D:\\b' };
  const { settings } = await read({ environment, platform: 'win32' });
  expect(settings.certificateFolders).toEqual(['C:\\a', 'D:\\b']);
});
