import { describe, expect, it } from 'vitest';
import { leadsInside } from '../../src/net/local-address.js';

const inside = [
  'http://127.0.0.1/',
  'http://127.8.9.10:8080/',
  'http://0.0.0.0/',
  'http://169.254.169.254/latest/meta-data/',
  'http://localhost:9200/',
  'http://LOCALHOST./',
  'http://a.localhost/',
  'http://[::1]/',
  'http://[::]/',
  'http://[fe80::1]/',
  // An IPv4 address in other clothes: URLs put it straight, or it is mapped into IPv6.
  'http://2130706433/',
  'http://0x7f.1/',
  'http://[::ffff:127.0.0.1]/',
  'http://[::ffff:169.254.169.254]/',
];

describe('a redirect into this machine', () => {
  it.each(inside)('is told when a public hub sends it: %s', (to) => {
    expect(leadsInside(new URL('https://hub.example/'), new URL(to))).toBe(true);
    expect(leadsInside(new URL('https://203.0.113.7/'), new URL(to))).toBe(true);
  });

  it.each(['http://localhost/', 'http://127.0.0.1:8080/', 'http://hub/', 'http://10.1.2.3/', 'http://hub.local/'])(
    'is a mirror of one’s own where the hub is one: %s',
    (from) => {
      for (const to of inside) expect(leadsInside(new URL(from), new URL(to))).toBe(false);
    },
  );

  it.each(['https://cdn.example/', 'https://203.0.113.8/', 'http://[2001:db8::1]/', 'https://localhost.example/'])(
    'is none of those that lead elsewhere: %s',
    (to) => {
      expect(leadsInside(new URL('https://hub.example/'), new URL(to))).toBe(false);
    },
  );
});
