import { describe, expect, it } from 'vitest';
import { withProjectEndpoints } from '../../src/settings/endpoints.js';
import { readSettings } from '../../src/settings/read-settings.js';

const huggingFace = 'https://huggingface.co';
const mirror = 'https://mirror.example';
const corporate = 'https://hub.corp.example';

interface Said {
  readonly flag?: readonly string[];
  readonly environment?: Record<string, string>;
  readonly config?: string;
}

/** The endpoints that count for a project, each with whether it gets the token. */
async function endpointsOf(urls: readonly string[], { flag, environment = {}, config = '' }: Said = {}) {
  const read = await readSettings({
    flags: flag === undefined ? {} : { endpoint: flag },
    environment: { HF_TOKEN: 'hf_x', MODEL_HUB_CONFIG: '/config.toml', ...environment },
    homeDir: '/home/ann',
    platform: 'linux',
    workingDir: '/',
    readFile: (path) =>
      path === '/config.toml'
        ? Promise.resolve(config)
        : Promise.reject(Object.assign(new Error('missing'), { code: 'ENOENT' })),
  });
  return withProjectEndpoints(read, urls).endpoints.map(({ url, sendsToken }) => [url, sendsToken]);
}

describe('the endpoints of a project', () => {
  it('count more than the default, and get no token', async () => {
    expect(await endpointsOf([mirror])).toEqual([[mirror, false]]);
  });

  it('get no token for the name of the hub itself either', async () => {
    expect(await endpointsOf([mirror, huggingFace])).toEqual([
      [mirror, false],
      [huggingFace, false],
    ]);
  });

  it("count more than the config file's", async () => {
    expect(await endpointsOf([mirror], { config: `endpoint = "${corporate}"` })).toEqual([[mirror, false]]);
  });

  it('count less than a flag', async () => {
    expect(await endpointsOf([mirror], { flag: [corporate] })).toEqual([[corporate, true]]);
  });

  it.each(['HF_ENDPOINT', 'HUB_ENDPOINTS', 'HUB_ENDPOINT'])('count less than %s', async (name) => {
    expect(await endpointsOf([mirror], { environment: { [name]: corporate } })).toEqual([[corporate, true]]);
  });

  it('leave all as it is where there are none', async () => {
    expect(await endpointsOf([])).toEqual([[huggingFace, true]]);
    expect(await endpointsOf([], { config: `endpoints = ["${corporate}", "${mirror}"]` })).toEqual([
      [corporate, true],
      [mirror, false],
    ]);
  });
});

describe("a project's endpoint gets the token where the user's config file", () => {
  it('names it first', async () => {
    const config = `endpoints = ["${corporate}/", "${mirror}"]`;
    expect(await endpointsOf([mirror, corporate], { config })).toEqual([
      [mirror, false],
      [corporate, true],
    ]);
  });

  it('marks it', async () => {
    const config = `endpoints = ["${corporate}", { url = "${mirror}", token = true }]`;
    expect(await endpointsOf([mirror], { config })).toEqual([[mirror, true]]);
  });

  it('names the hub itself', async () => {
    const config = `endpoints = ["${corporate}", "${huggingFace}"]`;
    expect(await endpointsOf([huggingFace, mirror], { config })).toEqual([
      [huggingFace, true],
      [mirror, false],
    ]);
  });

  it('does not say that it must not', async () => {
    const config = `endpoints = [{ url = "${mirror}", token = false }, "${corporate}"]`;
    expect(await endpointsOf([mirror, corporate], { config })).toEqual([
      [mirror, false],
      [corporate, false],
    ]);
  });

  it('names that very address, not one of the same host', async () => {
    const config = `endpoint = "${corporate}/a"`;
    expect(await endpointsOf([`${corporate}/b`, corporate], { config })).toEqual([
      [`${corporate}/b`, false],
      [corporate, false],
    ]);
  });
});
