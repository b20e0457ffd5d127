import { expect, it } from 'vitest';
import { foreignText, publicUrl } from '../../src/net/foreign-text.js';
import { unreachable } from '../../src/net/unreachable.js';

const withCode = (code: string) => Object.assign(new Error('whatever'), { code });

it.each([
  ['ENOTFOUND', 'no such host (DNS)', true],
  ['EAI_AGAIN', 'its name cannot be looked up (DNS)', true],
  ['UND_ERR_CONNECT_TIMEOUT', 'connecting timed out', true],
  ['ECONNREFUSED', 'connection refused', true],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'its TLS certificate is not trusted (SELF_SIGNED_CERT_IN_CHAIN)', false],
  ['CERT_HAS_EXPIRED', 'its TLS certificate is not trusted (CERT_HAS_EXPIRED)', false],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'its TLS certificate is not trusted (ERR_TLS_CERT_ALTNAME_INVALID)', false],
  ['EWHATEVER', 'EWHATEVER', true],
])('%s: %s', (code, why, retryable) => {
  const error = unreachable(withCode(code), { host: 'hub:1', proxy: undefined });
  expect(error.message).toBe(`cannot reach hub:1: ${why}`);
  expect(error.retryable).toBe(retryable);
});

it('says what a proxy answered', () => {
  const error = unreachable(new Error('Proxy response (407) !== 200 when HTTP Tunneling'), {
    host: 'hub',
    proxy: 'p:1',
  });
  expect(error.why).toBe('through the proxy p:1: it answered 407');
});

it('makes text of servers fit to be printed', () => {
  expect(foreignText(' a\n\u001b[31mb\u202e ')).toBe('a \\u{1b}[31mb\\u{202e}');
  expect(foreignText('x'.repeat(1000))).toHaveLength(301);
});

it('shows no address with user, password or query', () => {
  expect(publicUrl(new URL('https://u:p@cdn/blob?Signature=secret#x'))).toBe('https://cdn/blob');
});
