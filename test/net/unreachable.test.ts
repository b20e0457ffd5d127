import { expect, it } from 'vitest';
import { foreignText, publicUrl } from '../../src/net/foreign-text.js';
import { NoTunnel, ProxyUnreachable } from '../../src/net/proxy-errors.js';
import { unreachable } from '../../src/net/unreachable.js';

const withCode = (code: string) => Object.assign(new Error('whatever'), { code });

it.each([
  ['ENOTFOUND', 'no such host (DNS)', true],
  ['EAI_AGAIN', 'its name cannot be looked up (DNS)', true],
  ['UND_ERR_CONNECT_TIMEOUT', 'connecting timed out', true],
  ['ECONNREFUSED', 'connection refused', true],
  ['CERT_NOT_YET_VALID', 'its certificate is not valid yet (CERT_NOT_YET_VALID)', false],
  ['CERT_REVOKED', 'its certificate is not trusted (CERT_REVOKED)', false],
  ['INVALID_CA', 'its certificate is not trusted (INVALID_CA)', false],
  ['EWHATEVER', 'EWHATEVER', true],
])('%s: %s', (code, why, retryable) => {
  const error = unreachable(withCode(code), { host: 'hub:1', proxy: undefined });
  expect(error.message).toBe(`cannot reach hub:1: ${why}`);
  expect(error.retryable).toBe(retryable);
});

it('says what a proxy answered', () => {
  const refusal = new NoTunnel('it answered 503', { wantsAccount: false });
  const error = unreachable(refusal, { host: 'hub', proxy: 'p:1' });
  expect(error).toMatchObject({ why: 'through the proxy p:1: it answered 503', retryable: true });
});

it('does not ask a proxy again that wants an account', () => {
  const refusal = new NoTunnel('it answered 407', { wantsAccount: true });
  const error = unreachable(refusal, { host: 'hub', proxy: 'p:1' });
  expect(error).toMatchObject({ retryable: false, hint: expect.stringContaining('user and password') as string });
});

it('tells the certificate of a proxy from that of the server behind it', () => {
  const expired = withCode('CERT_HAS_EXPIRED');
  const why = (error: Error) => unreachable(error, { host: 'hub', proxy: 'p:1' }).why;
  expect(why(expired)).toBe('its certificate has expired (CERT_HAS_EXPIRED)');
  expect(why(new ProxyUnreachable(expired))).toBe(
    'through the proxy p:1: its certificate has expired (CERT_HAS_EXPIRED)',
  );
});

it('makes text of servers fit to be printed', () => {
  expect(foreignText(' a\n\u001b[31mb\u202e ')).toBe('a \\u{1b}[31mb\\u{202e}');
  expect(foreignText('x'.repeat(1000))).toHaveLength(301);
});

it('shows no address with user, password or query', () => {
  expect(publicUrl(new URL('https://u:p@cdn/blob?Signature=secret#x'))).toBe('https://cdn/blob');
});
