import { describe, expect, it } from 'vitest';
import { NoProxy } from '../../src/net/no-proxy.js';

const covers = (entries: string, url: string): boolean => new NoProxy(entries.split(',')).covers(new URL(url));

describe('NO_PROXY covers', () => {
  it.each([
    ['*', 'https://anything.example'],
    ['a.example,hub.example', 'https://hub.example'],
    ['HUB.example', 'https://hub.EXAMPLE'],
    ['example', 'https://hub.example'],
    ['.hub.example', 'https://cdn.hub.example'],
    ['.hub.example', 'https://hub.example'],
    ['*.hub.example', 'https://cdn.hub.example'],
    ['hub.example.', 'https://hub.example'],
    ['hub.example', 'https://hub.example.'],
    ['hub.example:443', 'https://hub.example'],
    ['hub.example:80', 'http://hub.example'],
    ['hub.example:8443', 'https://cdn.hub.example:8443'],
    ['localhost', 'http://localhost:1234'],
    ['10.1.2.3', 'http://10.1.2.3:5'],
    ['10.1.2.3:5', 'http://10.1.2.3:5'],
    ['10.0.0.0/8', 'http://10.200.3.4'],
    ['192.168.1.0/30', 'http://192.168.1.3'],
    ['0.0.0.0/0', 'http://192.168.1.3'],
    ['::1', 'http://[::1]:5'],
    ['[::1]', 'http://[::1]'],
    ['[::1]:5', 'http://[::1]:5'],
    ['fd00::/8', 'http://[fd12::1]'],
  ])('%s: %s', (entries, url) => expect(covers(entries, url)).toBe(true));
});

describe('NO_PROXY does not cover', () => {
  it.each([
    ['hub.example', 'https://nothub.example'],
    ['hub.example', 'https://hub.example.org'],
    ['cdn.hub.example', 'https://hub.example'],
    ['hub.example:80', 'https://hub.example'],
    ['hub.example:8443', 'https://hub.example'],
    ['10.1.2.3:6', 'http://10.1.2.3:5'],
    ['2.3', 'http://10.1.2.3'],
    ['10.0.0.0/8', 'http://11.0.0.1'],
    ['10.0.0.0/8', 'http://ten.example'],
    ['192.168.1.0/30', 'http://192.168.1.4'],
    ['fd00::/8', 'http://[fe80::1]'],
    ['[::1]:6', 'http://[::1]:5'],
    ['10.0.0.0/99', 'http://10.0.0.0'],
    ['10.0.0.0/', 'http://10.0.0.0'],
    ['https://hub.example', 'https://hub.example'],
    ['hub.example:x', 'https://hub.example'],
    ['', 'https://hub.example'],
    ['.', 'https://hub.example'],
  ])('%s: %s', (entries, url) => expect(covers(entries, url)).toBe(false));
});
