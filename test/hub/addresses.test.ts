import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { quotePart, quotePath, resolveUrl, revisionUrl, treeUrl } from '../../src/hub/addresses.js';
import { followPage, nextPage } from '../../src/hub/page-link.js';
import { userAgent } from '../../src/hub/user-agent.js';
import { commitHash, model } from './support.js';

const commit = commitHash('0123456789012345678901234567890123456789');
const hub = new URL('https://hub.example');

describe('addresses', () => {
  it.each([
    ['awful?filename%you:should,never.give', 'awful%3Ffilename%25you%3Ashould%2Cnever.give'],
    ['a~b(c)!', 'a~b%28c%29%21'],
    ["it's*/ü", 'it%27s%2A/%C3%BC'],
    ['a b#c', 'a%20b%23c'],
  ])('quotes %s as Python does', (path, quoted) => {
    expect(quotePath(path)).toBe(quoted);
  });

  it('makes one part of a ref', () => {
    expect(quotePart('refs/pr/1')).toBe('refs%2Fpr%2F1');
    expect(revisionUrl(hub, model, 'refs/pr/1').href).toBe(
      'https://hub.example/api/models/org/name/revision/refs%2Fpr%2F1',
    );
  });

  it.each([
    ['model', 'https://hub.example/org/name/resolve/'],
    ['dataset', 'https://hub.example/datasets/org/name/resolve/'],
    ['space', 'https://hub.example/spaces/org/name/resolve/'],
    ['kernel', 'https://hub.example/kernels/org/name/resolve/'],
  ] as const)('knows where files of a %s are', (type, prefix) => {
    expect(resolveUrl(hub, { type, name: 'org/name' }, commit, 'a/b.bin').href).toBe(`${prefix}${commit}/a/b.bin`);
  });

  it('keeps the path of an endpoint that has one', () => {
    const mirror = new URL('https://mirror.example/hf/');
    expect(treeUrl(mirror, { type: 'dataset', name: 'squad' }, commit).href).toBe(
      `https://mirror.example/hf/api/datasets/squad/tree/${commit}?recursive=true&expand=false`,
    );
  });
});

describe('page links', () => {
  it.each([
    ['<https://hub/x?cursor=1>; rel="next"', 'https://hub/x?cursor=1'],
    ['<a>; rel="prev", </b?c=1,2>; rel="next"', '/b?c=1,2'],
    ['<a>; title="x"; rel=next', 'a'],
    ['<a>; rel="first next"', 'a'],
    ['<a>; rel="nextish"', undefined],
    ['<a>; rel="xet-auth"', undefined],
    ['nonsense', undefined],
    [undefined, undefined],
  ])('%s leads to %s', (link, next) => {
    expect(nextPage(link)).toBe(next);
  });

  const home = new URL('https://mirror.example/hf/api/models/org/name/tree/abc?recursive=true');
  const routes = ['/hf/api/models/org/name/tree/abc', '/api/models/org/name/tree/abc'];

  it.each([
    ['https://hub.example/api/models/org/name/tree/abc?cursor=2', `${home.origin}${home.pathname}?cursor=2`],
    ['https://hub.example/api/models/org%2Fname/tree/abc?cursor=2', `${home.origin}${home.pathname}?cursor=2`],
    ['?cursor=2', `${home.origin}${home.pathname}?cursor=2`],
    ['https://hub.example/api/models/other/name/tree/abc?cursor=2', undefined],
    ['https://hub.example/steal', undefined],
    ['/hf/api/models/org/name/tree/../../../../whoami?x', undefined],
    ['file:///api/models/org/name/tree/abc', undefined],
    ['http://', undefined],
  ])('%s is asked at %s', (link, asked) => {
    expect(followPage(link, { base: home, home, routes })?.href).toBe(asked);
  });
});

it('names the version of the package to servers', () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  expect(userAgent).toBe(`model-hub-cli/${version}`);
});
