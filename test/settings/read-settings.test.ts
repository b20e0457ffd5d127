import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/errors.js';
import { readSettings, type SettingsSources, type SettingsWithOrigins } from '../../src/settings/read-settings.js';
import { keyOf, table, variableOf } from '../../src/settings/table.js';

const configPath = '/home/ann/.config/model-hub/config.toml';

type Given = Partial<Omit<SettingsSources, 'readFile'>> & {
  config?: string;
  files?: Readonly<Record<string, string | Error>>;
};

function read({ config, files = {}, ...given }: Given = {}): Promise<SettingsWithOrigins> {
  const all: Readonly<Record<string, string | Error>> = {
    ...(config !== undefined && { [configPath]: config }),
    ...files,
  };
  return readSettings({
    flags: {},
    environment: {},
    homeDir: '/home/ann',
    platform: 'linux',
    workingDir: '/place',
    ...given,
    readFile: (path) => {
      const content = all[path] ?? missing(path);
      return content instanceof Error ? Promise.reject(content) : Promise.resolve(content);
    },
  });
}

function missing(path: string): Error {
  return Object.assign(new Error(`ENOENT: no such file or directory, open '${path}'`), { code: 'ENOENT' });
}

async function fault(given: Given): Promise<string> {
  const error: unknown = await read(given).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof UsageError)) throw new Error('no UsageError', { cause: error });
  return error.message;
}

describe('without anything given', () => {
  it('has its defaults', async () => {
    const { settings, origins, warnings } = await read();
    expect(settings).toEqual({
      cacheDir: '/home/ann/.cache/huggingface/hub',
      readCaches: [],
      endpoints: [{ url: 'https://huggingface.co', sendsToken: true }],
      httpProxy: undefined,
      httpsProxy: undefined,
      noProxy: [],
      certificateFile: undefined,
      certificateFolders: [],
      extraCertificateFile: undefined,
      token: undefined,
      tokenFile: '/home/ann/.cache/huggingface/token',
      force: false,
      offline: false,
      retries: 8,
      retryForMs: 0,
      stallTimeoutMs: 30_000,
      headersTimeoutMs: 30_000,
      etagTimeoutMs: 10_000,
      concurrency: undefined,
      limitRate: undefined,
      yes: false,
      graceMs: 3_600_000,
      maxSize: undefined,
      olderThanMs: undefined,
      maxRepoSize: undefined,
      maxTotal: undefined,
      reserve: undefined,
      keepRevisions: undefined,
      log: undefined,
      framework: 'all',
      sizeGuard: 50_000_000_000,
      symlinks: true,
      locked: false,
      frozen: false,
      quiet: false,
      verbose: false,
      json: false,
      progress: 'auto',
    });
    expect(new Set(Object.values(origins).map(({ kind }) => kind))).toEqual(new Set(['default']));
    expect(warnings).toEqual([]);
  });
});

describe('precedence', () => {
  const config = 'retries = 1\nstall-timeout = "1m"\nendpoint = "https://file.example"\n';

  it('takes the config file before the default', async () => {
    const { settings, origins } = await read({ config });
    expect([settings.retries, settings.stallTimeoutMs, settings.endpoints[0]?.url]).toEqual([
      1,
      60_000,
      'https://file.example',
    ]);
    expect(origins.retries).toEqual({ kind: 'file', name: configPath });
  });

  it('takes the environment before the config file', async () => {
    const environment = { HUB_RETRIES: '2', HUB_STALL_TIMEOUT: '90', HF_ENDPOINT: 'https://variable.example/' };
    const { settings, origins } = await read({ config, environment });
    expect([settings.retries, settings.stallTimeoutMs, settings.endpoints[0]?.url]).toEqual([
      2,
      90_000,
      'https://variable.example',
    ]);
    expect(origins.endpoints).toEqual({ kind: 'environment', name: 'HF_ENDPOINT' });
  });

  it('takes a flag before the environment', async () => {
    const { settings, origins } = await read({
      config,
      environment: { HUB_RETRIES: '2', HUB_RETRY_FOR: '1h' },
      flags: { retries: '0', retryFor: '2h', json: true, include: ['*.h5'] },
    });
    expect([settings.retries, settings.retryForMs, settings.json]).toEqual([0, 7_200_000, true]);
    expect(origins.retryForMs).toEqual({ kind: 'flag', name: '--retry-for' });
  });

  it('takes our variable before one of the Hugging Face tools', async () => {
    const environment = { HUB_OFFLINE: 'no', HF_HUB_OFFLINE: '1', HUB_ENDPOINT: 'http://a', HF_ENDPOINT: 'http://b' };
    const { settings } = await read({ environment });
    expect([settings.offline, settings.endpoints[0]?.url]).toEqual([false, 'http://a']);
  });

  it('takes an empty variable for an unset one', async () => {
    const environment = {
      HUB_RETRIES: '',
      HF_ENDPOINT: ' ',
      HF_HOME: '',
      HF_TOKEN: '',
      HF_HUB_OFFLINE: '',
      TRANSFORMERS_OFFLINE: '1',
    };
    const { settings } = await read({ environment, config });
    expect([settings.retries, settings.endpoints[0]?.url, settings.offline]).toEqual([1, 'https://file.example', true]);
    expect(settings.cacheDir).toBe('/home/ann/.cache/huggingface/hub');
  });

  it('takes typed values of a caller', async () => {
    const { settings } = await read({
      flags: { retries: 3, stallTimeout: 5, endpoint: ['http://a:1/hub/'], force: undefined },
    });
    expect([settings.retries, settings.stallTimeoutMs, settings.endpoints[0]?.url]).toEqual([
      3,
      5000,
      'http://a:1/hub',
    ]);
  });
});

describe('the cache', () => {
  it.each([
    [{ HF_HUB_CACHE: '/a', HUGGINGFACE_HUB_CACHE: '/b', HF_HOME: '/c' }, '/a', 'HF_HUB_CACHE'],
    [{ HUGGINGFACE_HUB_CACHE: '/b', HF_HOME: '/c' }, '/b', 'HUGGINGFACE_HUB_CACHE'],
    [{ HF_HOME: '/c', XDG_CACHE_HOME: '/d' }, '/c/hub', 'HF_HOME'],
    [{ XDG_CACHE_HOME: '/d' }, '/d/huggingface/hub', 'XDG_CACHE_HOME'],
    [{ HUB_CACHE_DIR: '/e', HF_HUB_CACHE: '/a' }, '/e', 'HUB_CACHE_DIR'],
    [{ HF_HOME: '~/hf' }, '/home/ann/hf/hub', 'HF_HOME'],
    [
      { HF_HUB_CACHE: '$SCRATCH/${USER}/$NONE', SCRATCH: '/scratch', USER: 'ann' },
      '/scratch/ann/$NONE',
      'HF_HUB_CACHE',
    ],
    [{ HF_HUB_CACHE: 'rel/cache' }, '/place/rel/cache', 'HF_HUB_CACHE'],
  ])('with %j is %s', async (environment, expected, name) => {
    const { settings, origins } = await read({ environment });
    expect(settings.cacheDir).toBe(expected);
    expect(origins.cacheDir.name).toBe(name);
  });

  it.each([
    ['~/x', '/home/ann/x'],
    ['~', '/home/ann'],
    ['x/../y', '/place/y'],
    ['$x', '/place/$x'],
    ['~other', '/place/~other'],
  ])('of the flag %j is %s', async (cacheDir, expected) => {
    expect((await read({ flags: { cacheDir }, environment: { x: 'no' } })).settings.cacheDir).toBe(expected);
  });

  it('of the config file is relative to its folder', async () => {
    expect((await read({ config: 'cache-dir = "cache"' })).settings.cacheDir).toBe('/home/ann/.config/model-hub/cache');
    expect((await read({ config: 'cache-dir = "~/cache"' })).settings.cacheDir).toBe('/home/ann/cache');
  });

  it('of Windows has its own paths', async () => {
    const windows = { platform: 'win32', homeDir: 'C:\\Users\\ann', workingDir: 'C:\\work' } as const;
    expect((await read(windows)).settings.cacheDir).toBe('C:\\Users\\ann\\.cache\\huggingface\\hub');
    expect((await read({ ...windows, environment: { HF_HOME: '%D%\\hf', D: 'D:' } })).settings.cacheDir).toBe(
      'D:\\hf\\hub',
    );
  });
});

describe('the config file', () => {
  it('lies where the platform has such files', async () => {
    const config = 'retries = 5';
    const xdg = await read({
      environment: { XDG_CONFIG_HOME: '/xdg' },
      files: { '/xdg/model-hub/config.toml': config },
    });
    const named = await read({
      environment: { MODEL_HUB_CONFIG: '~/my.toml' },
      files: { '/home/ann/my.toml': config },
    });
    const windows = await read({
      platform: 'win32',
      environment: { APPDATA: 'C:\\Roaming' },
      files: { 'C:\\Roaming\\model-hub\\config.toml': config },
    });
    expect([xdg, named, windows].map(({ settings }) => settings.retries)).toEqual([5, 5, 5]);
  });

  it('must be there when it is named', async () => {
    expect(await fault({ environment: { MODEL_HUB_CONFIG: '/no.toml' } })).toContain('/no.toml');
  });

  it('must be readable', async () => {
    const denied = Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' });
    expect(await fault({ files: { [configPath]: denied } })).toContain('EACCES');
  });

  it('must be TOML, and its lines stay out of the message', async () => {
    const message = await fault({ config: 'retries = 1\ntoken = hf_secret' });
    expect(message).toContain(`${configPath}:2:9: Invalid TOML document`);
    expect(message).not.toContain('secret');
  });

  it.each([
    ['stall-timout = 3', 'unknown key "stall-timout", did you mean "stall-timeout"?'],
    ['stall_timeout = 3', 'did you mean "stall-timeout"?'],
    ['cacheDir = "/x"', 'did you mean "cache-dir"?'],
    ['somethingelse = 1', 'unknown key "somethingelse"'],
    ['[hub]\nretries = 1', 'unknown key "hub"'],
    ['"toString" = 1', 'unknown key "toString"'],
  ])('%j is refused', async (config, message) => {
    expect(await fault({ config })).toContain(message);
  });

  it('takes the values of its types', async () => {
    const { settings } = await read({
      config: 'offline = true\nretry-for = 30\nprogress = "plain"\nendpoints = ["http://a"]',
    });
    expect(settings).toMatchObject({ offline: true, retryForMs: 30_000, progress: 'plain' });
    expect(settings.endpoints).toEqual([{ url: 'http://a', sendsToken: true }]);
  });
});

describe('a bad value', () => {
  it.each([
    [{ flags: { retries: 'many' } }, '--retries: "many" is not a whole number from 0 to 1000'],
    [{ flags: { retries: '-1' } }, '--retries: "-1" is not a whole number'],
    [{ flags: { retries: '1.5' } }, '--retries: "1.5" is not a whole number'],
    [{ config: 'retries = 1.5' }, `${configPath}: retries: 1.5 is not a whole number`],
    [{ config: 'retries = [1]' }, `${configPath}: retries: [ 1 ] is not a whole number`],
    [{ config: 'offline = 2020-01-01' }, 'offline:'],
    [{ flags: { concurrency: '0' } }, '--concurrency: "0" is not a whole number from 1 to 256'],
    [{ environment: { HUB_STALL_TIMEOUT: 'soon' } }, 'HUB_STALL_TIMEOUT: "soon" is not a time from 1s to 24d'],
    [{ environment: { HUB_STALL_TIMEOUT: '0' } }, 'HUB_STALL_TIMEOUT: "0" is not a time'],
    [{ flags: { retryFor: '5w' } }, '--retry-for: "5w" is not a time from 0s to 24d'],
    [{ environment: { HUB_OFFLINE: 'maybe' } }, 'HUB_OFFLINE: "maybe" is not true or false'],
    [{ flags: { progress: 'dots' } }, '--progress: "dots" is not one of auto, bar, plain, json, none'],
    [{ flags: { cacheDir: '' } }, '--cache-dir: "" is not a non-empty text'],
    [{ environment: { HF_HUB_ETAG_TIMEOUT: 'x' } }, 'HF_HUB_ETAG_TIMEOUT: "x" is not a number of seconds'],
    [{ environment: { HF_ENDPOINT: 'huggingface.co' } }, 'HF_ENDPOINT: "huggingface.co" is not the address of a hub'],
    [{ flags: { endpoint: 'ftp://x' } }, '--endpoint: "ftp://x" is not the address of a hub'],
    [{ flags: { endpoint: 'http://x/?a=1' } }, '--endpoint: "http://x/?***" is not the base address'],
    [{ flags: { endpoint: ['http://a', 'b'] } }, "--endpoint: [ 'http://a', 'b' ] is not the address of a hub"],
    [{ environment: { HUB_ENDPOINTS: ' , ' } }, 'HUB_ENDPOINTS: " , " is not the address of a hub'],
    [{ environment: { HF_ENDPOINT: 'http://a, http://b' } }, 'HF_ENDPOINT: "http://a, http://b" is not the address'],
    [{ config: 'endpoints = []' }, 'endpoints: [] is not the address of a hub'],
    [{ config: 'endpoints = [{ url = "http://a", tokn = true }]' }, 'endpoints:'],
    [{ flags: { proxy: 'socks4://x' } }, '--proxy: "socks4://x" is not the address of a proxy'],
    [{ flags: { proxy: 'localhost:8080' } }, '--proxy: "localhost:8080" is not the address of a proxy'],
  ] satisfies [Given, string][])('%j is told', async (given, message) => {
    expect(await fault(given)).toContain(message);
  });

  it('is told together with all others', async () => {
    const message = await fault({ flags: { retries: 'x' }, environment: { HUB_QUIET: 'x' }, config: 'colour = 1' });
    expect(message.split('\n')).toHaveLength(4);
    for (const word of ['3 settings are wrong', 'colour', 'HUB_QUIET', '--retries']) expect(message).toContain(word);
  });

  it.each([
    ['http://user:secret@x:99999'],
    ['user:secret@host'],
    ['ftp://user:sec/secret@host'],
    ['http://secret@/'],
    ['http://h:x/?token=secret'],
    ['hf_secret'],
    [`ftp://u:secret@${'x'.repeat(1000)}/?a`],
  ])('shows no secret of %j', async (value) => {
    expect(await fault({ flags: { proxy: value } })).not.toContain('secret');
    expect(await fault({ flags: { endpoint: value } })).not.toContain('secret');
  });
});

describe('read caches', () => {
  it.each([
    [{}, []],
    [{ flags: { readCache: ['/a', 'b', '~/c'] } }, ['/a', '/place/b', '/home/ann/c']],
    [{ environment: { HUB_READ_CACHES: ' /a, ~/b,$X/c,', X: '/x' } }, ['/a', '/home/ann/b', '/x/c']],
    [{ environment: { HUB_READ_CACHE: '/a,b' } }, ['/a,b']],
    [{ config: 'read-caches = ["/a", "b"]' }, ['/a', '/home/ann/.config/model-hub/b']],
    [{ config: 'read-cache = "/a"' }, ['/a']],
    [{ flags: { readCache: ['/a'] }, environment: { HUB_READ_CACHES: '/b' } }, ['/a']],
  ] satisfies [Given, string[]][])('of %j are %j', async (given, folders) => {
    expect((await read(given)).settings.readCaches).toEqual(folders);
  });

  it('are folders', async () => {
    expect(await fault({ config: 'read-caches = [1]' })).toContain('is not the path of a folder, or a list of such');
    expect(await fault({ config: 'read-caches = []' })).toContain('is not the path of a folder, or a list of such');
  });
});

describe('several endpoints', () => {
  const [a, b, hub] = ['http://a', 'http://b/hub', 'https://huggingface.co'] as const;

  it.each([
    [{ flags: { endpoint: [a, `${b}/`, a] } }, [a, b], [a]],
    [{ environment: { HUB_ENDPOINTS: ` ${a}, ${b},` } }, [a, b], [a]],
    [{ environment: { HUB_ENDPOINTS: a, HF_ENDPOINT: b } }, [a], [a]],
    [{ config: `endpoints = ["${a}", "${b}"]` }, [a, b], [a]],
    [{ environment: { HUB_ENDPOINTS: `${a},${hub}` } }, [a, hub], [a, hub]],
    [{ environment: { HUB_ENDPOINTS: `${a},http://huggingface.co` } }, [a, 'http://huggingface.co'], [a]],
    [{ config: `endpoints = ["${a}", { url = "${b}/", token = true }]` }, [a, b], [a, b]],
    [{ config: `endpoints = [{ url = "${a}", token = false }, "${hub}"]` }, [a, hub], [hub]],
    [{ flags: { endpoint: a }, config: `endpoints = ["${hub}", { url = "${b}", token = true }]` }, [a], [a]],
    [{ flags: { endpoint: [a, b] }, config: `endpoints = [{ url = "${b}", token = true }]` }, [a, b], [a, b]],
  ] satisfies [Given, string[], string[]][])(
    'of %j are %j, and the token goes to %j',
    async (given, urls, withToken) => {
      const { endpoints } = (await read(given)).settings;
      expect(endpoints.map(({ url }) => url)).toEqual(urls);
      expect(endpoints.flatMap(({ url, sendsToken }) => (sendsToken ? [url] : []))).toEqual(withToken);
    },
  );
});

describe('switches of the Hugging Face tools', () => {
  it.each([
    ['1', true],
    ['ON', true],
    ['yes', true],
    ['True', true],
    ['0', false],
    ['2', false],
    ['y', false],
  ])('read %j as %s', async (value, expected) => {
    expect((await read({ environment: { HF_HUB_OFFLINE: value } })).settings.offline).toBe(expected);
    expect((await read({ environment: { HF_HUB_DISABLE_SYMLINKS: value } })).settings.symlinks).toBe(!expected);
  });

  it('HF_HUB_OFFLINE=0 outranks TRANSFORMERS_OFFLINE=1, as there', async () => {
    expect((await read({ environment: { HF_HUB_OFFLINE: '0', TRANSFORMERS_OFFLINE: '1' } })).settings.offline).toBe(
      false,
    );
  });

  it('HF_HUB_DISABLE_PROGRESS_BARS takes the bars unless they are asked for', async () => {
    const environment = { HF_HUB_DISABLE_PROGRESS_BARS: '1' };
    expect((await read({ environment })).settings.progress).toBe('plain');
    expect((await read({ environment, flags: { progress: 'bar' } })).settings.progress).toBe('bar');
    expect((await read({ environment, flags: { quiet: true } })).settings.progress).toBe('auto');
  });

  it('headers have the larger of the stall timeout and HF_HUB_DOWNLOAD_TIMEOUT', async () => {
    const smaller = await read({ environment: { HF_HUB_DOWNLOAD_TIMEOUT: '10' } });
    const larger = await read({ environment: { HF_HUB_DOWNLOAD_TIMEOUT: '86400', HF_HUB_ETAG_TIMEOUT: '3' } });
    expect(smaller.settings.headersTimeoutMs).toBe(30_000);
    expect(larger.settings).toMatchObject({
      headersTimeoutMs: 86_400_000,
      stallTimeoutMs: 30_000,
      etagTimeoutMs: 3000,
    });
    expect(larger.origins.headersTimeoutMs.name).toBe('HF_HUB_DOWNLOAD_TIMEOUT');
  });
});

describe('the token', () => {
  const stored = { '/home/ann/.cache/huggingface/token': ' hf_stored\n' };

  it.each([
    [{ files: stored }, 'hf_stored', '/home/ann/.cache/huggingface/token'],
    [{ environment: { HF_HOME: '/hf' }, files: { '/hf/token': 'hf_a' } }, 'hf_a', '/hf/token'],
    [{ environment: { HF_TOKEN_PATH: '~/t' }, files: { '/home/ann/t': 'hf_a' } }, 'hf_a', 'HF_TOKEN_PATH'],
    [{ environment: { HUGGING_FACE_HUB_TOKEN: 'hf_b' }, files: stored }, 'hf_b', 'HUGGING_FACE_HUB_TOKEN'],
    [{ environment: { HF_TOKEN: 'hf_a\r\n', HUGGING_FACE_HUB_TOKEN: 'hf_b' } }, 'hf_a', 'HF_TOKEN'],
    [{ environment: { HF_TOKEN: 'hf_a', HF_TOKEN_PATH: '/t' }, files: { '/t': 'hf_b' } }, 'hf_a', 'HF_TOKEN'],
    [{ environment: { HF_TOKEN: 'hf_a' }, config: 'token = "hf_c"' }, 'hf_a', 'HF_TOKEN'],
    [{ config: 'token = "hf_c"', files: stored }, 'hf_c', configPath],
    [{ config: 'token-file = "t"', files: { '/home/ann/.config/model-hub/t': 'hf_d' } }, 'hf_d', configPath],
    [
      { flags: { tokenFile: 't' }, environment: { HF_TOKEN: 'hf_a' }, files: { '/place/t': 'hf_e' } },
      'hf_e',
      '--token-file',
    ],
    [{ environment: { HF_TOKEN_PATH: '/none' } }, undefined, ''],
    [{ files: { '/home/ann/.cache/huggingface/token': '\n' } }, undefined, ''],
  ] satisfies [Given, string | undefined, string][])('of %j is %s', async (given, token, name) => {
    const { settings, origins, warnings } = await read(given);
    expect(settings.token).toBe(token);
    expect(origins.token.name).toBe(name);
    expect(warnings).toEqual([]);
  });

  it('of the command line is taken with a warning', async () => {
    const { settings, warnings } = await read({ flags: { token: 'hf_f' }, environment: { HF_TOKEN: 'hf_a' } });
    expect(settings.token).toBe('hf_f');
    expect(warnings).toEqual([expect.stringContaining('command line')]);
  });

  it('is only sent where asked with HF_HUB_DISABLE_IMPLICIT_TOKEN', async () => {
    const environment = { HF_HUB_DISABLE_IMPLICIT_TOKEN: '1', HF_TOKEN: 'hf_a' };
    expect((await read({ environment, files: stored })).settings.token).toBeUndefined();
    expect((await read({ environment, flags: { token: 'hf_f' } })).settings.token).toBe('hf_f');
  });

  it('of others is none of ours', async () => {
    const denied = Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' });
    const { settings, warnings } = await read({ files: { '/home/ann/.cache/huggingface/token': denied } });
    expect(settings.token).toBeUndefined();
    expect(warnings).toEqual([expect.stringContaining('EACCES')]);
  });

  it.each([
    [{ flags: { tokenFile: '/none' } }, '--token-file: the token file /none does not exist'],
    [{ environment: { HUB_TOKEN_FILE: '/none' } }, 'HUB_TOKEN_FILE: the token file /none does not exist'],
    [{ flags: { tokenFile: '/t' }, files: { '/t': '\n' } }, '/t is empty'],
    [{ flags: { token: 'hf_a', tokenFile: '/t' } }, 'give one of the two'],
    [{ flags: { token: 'hf_secret\u00e9' } }, '--token: the token holds a character'],
    [{ flags: { token: 'hf_secret x' } }, 'at position 10'],
    [{ environment: { HF_TOKEN: 'hf_secret\u0000' } }, 'HF_TOKEN: the value is not a text without NUL'],
    [{ config: 'token = ["hf_secret"]' }, 'token: the value is not text'],
  ] satisfies [Given, string][])('of %j is refused', async (given, expected) => {
    const message = await fault(given);
    expect(message).toContain(expected);
    expect(message).not.toContain('secret');
  });
});

it('docs/settings.md tells of every flag, key and variable', () => {
  const page = readFileSync(new URL('../../docs/settings.md', import.meta.url), 'utf8');
  for (const [name, setting] of Object.entries(table)) {
    const variables = 'variables' in setting ? Object.keys(setting.variables) : [];
    for (const word of [`--${keyOf(name)}`, keyOf(name), variableOf(name), ...variables])
      expect(page).toContain(`\`${word}`);
  }
});

describe('what tends the cache', () => {
  it('has variables and keys too, for a run that nobody watches', async () => {
    const environment = { HUB_YES: '1', HUB_GRACE: '0', HUB_MAX_SIZE: '80%', HUB_OLDER_THAN: '30d' };
    const { settings } = await read({ environment, flags: { maxSize: '200GB' } });
    const olderThanMs = 30 * 24 * 3_600_000;
    expect(settings).toMatchObject({ yes: true, graceMs: 0, maxSize: { bytes: 200e9 }, olderThanMs });
    expect((await read({ environment })).settings.maxSize).toEqual({ ofDisk: 0.8 });
  });

  it.each([
    ['HUB_MAX_SIZE', '120%'],
    ['HUB_OLDER_THAN', 'long'],
    ['HUB_GRACE', '-1'],
    ['HUB_YES', 'perhaps'],
  ])('%s does not take %s', async (name, value) => {
    expect(await fault({ environment: { [name]: value } })).toContain(name);
  });
});
