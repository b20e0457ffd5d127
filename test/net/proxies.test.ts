import { expect, it } from 'vitest';
import { Proxies, accountOf, isForwarded } from '../../src/net/proxies.js';

it('chooses by the scheme of each address', () => {
  const proxies = new Proxies({ httpProxy: 'http://plain:1', httpsProxy: 'socks5h://secure', noProxy: ['inside'] });
  const hrefFor = (url: string) => proxies.proxyFor(new URL(url))?.href;
  expect(hrefFor('http://hub')).toBe('http://plain:1/');
  expect(hrefFor('https://hub')).toBe('socks5h://secure');
  expect(hrefFor('http://inside')).toBeUndefined();
  expect(hrefFor('https://cdn.inside')).toBeUndefined();
});

it('asks directly where there is none', () => {
  const proxies = new Proxies({ httpProxy: undefined, httpsProxy: 'http://p', noProxy: [] });
  expect(proxies.proxyFor(new URL('http://hub'))).toBeUndefined();
});

it.each([
  ['http://hub', 'http://p', true],
  ['http://hub', 'https://p', true],
  ['http://hub', 'socks5://p', false],
  ['https://hub', 'http://p', false],
  ['https://hub', 'https://p', false],
])('a request for %s is given to the proxy %s itself: %s', (url, proxy, isGiven) => {
  expect(isForwarded(new URL(url), new URL(proxy))).toBe(isGiven);
});

it.each([
  ['http://p', undefined],
  ['http://user@p', { username: 'user', password: '' }],
  ['http://us%3Aer:p%40ss@p', { username: 'us:er', password: 'p@ss' }],
  ['http://user:100%@p', { username: 'user', password: '100%' }],
  ['socks5://user:%C3%A9@p', { username: 'user', password: 'é' }],
])('%s has the account %j', (proxy, account) => {
  expect(accountOf(new URL(proxy))).toEqual(account);
});
