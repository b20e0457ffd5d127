import { describe, expect, test } from 'vitest';
import { UsageError } from '../../src/errors.js';
import { setKey, unsetKey } from '../../src/settings/config-text.js';

const text = `# My settings

# the big disk
cache-dir = "~/models"   # since May

endpoints = [
  "https://mirror.example", # near
  { url = "https://hub.example", token = true },
]
retries = 12 # a bad line
`;

describe('setKey', () => {
  test('changes the one value and leaves all else, comments and blanks too', () => {
    expect(setKey(text, 'retries', ['3'])).toBe(text.replace('12', '3'));
    expect(setKey(text, 'cache-dir', ['/data/hub'])).toBe(text.replace('~/models', '/data/hub'));
  });

  test('adds a key that is not there at the end', () => {
    expect(setKey(text, 'limit-rate', ['20MB'])).toBe(`${text}limit-rate = "20MB"\n`);
    expect(setKey('', 'offline', ['true'])).toBe('offline = true\n');
    expect(setKey('# nothing yet\n', 'stall-timeout', ['1m'])).toBe('# nothing yet\nstall-timeout = "1m"\n');
  });

  test.each([
    ['retries', ['5'], 'retries = 5\n'],
    ['offline', ['yes'], 'offline = "yes"\n'],
    ['cache-dir', ['007'], 'cache-dir = "007"\n'],
    ['endpoint', ['https://a.example'], 'endpoint = "https://a.example"\n'],
    ['endpoints', ['https://a.example'], 'endpoints = ["https://a.example"]\n'],
    ['read-caches', ['/a', '/b c'], 'read-caches = ["/a", "/b c"]\n'],
    ['cache-dir', ['/a "b"\\c'], String.raw`cache-dir = "/a \"b\"\\c"` + '\n'],
  ])('%s = %j is written as the type that it has', (key, words, expected) => {
    expect(setKey('', key, words)).toBe(expected);
  });

  test('the plural replaces the singular of the same setting', () => {
    expect(setKey('endpoint = "https://a.example" # old\nretries = 1\n', 'endpoints', ['https://b.example'])).toBe(
      'retries = 1\nendpoints = ["https://b.example"]\n',
    );
  });

  test('keeps the line ends of a file from Windows', () => {
    expect(setKey('retries = 1\r\n', 'offline', ['true'])).toBe('retries = 1\r\noffline = true\r\n');
  });

  test.each([
    ['retires', ['3'], /no setting "retires"/],
    ['retries', ['many'], /retries: "many" is not a whole number/],
    ['retries', ['1', '2'], /retries: .* is not/],
    ['endpoints', ['ftp://a'], /endpoints: .* is not the address of a hub/],
  ])('%s = %j is refused', (key, words, message) => {
    expect(() => setKey(text, key, words)).toThrow(UsageError);
    expect(() => setKey(text, key, words)).toThrow(message);
  });
});

describe('unsetKey', () => {
  test('takes out the lines of the key, and no comment of a line of its own', () => {
    expect(unsetKey(text, 'cache-dir')).toBe(text.replace('cache-dir = "~/models"   # since May\n', ''));
    expect(unsetKey(text, 'endpoints')).toBe(text.replace(/endpoints = \[[^]*\]\n/, ''));
  });

  test('knows a setting by its other key, and a key that no setting has, where it stands there', () => {
    expect(unsetKey(text, 'endpoint')).toBe(text.replace(/endpoints = \[[^]*\]\n/, ''));
    expect(unsetKey('retires = 3\nretries = 4\n', 'retires')).toBe('retries = 4\n');
  });

  test('what is not there changes nothing', () => {
    expect(unsetKey(text, 'offline')).toBe(text);
    expect(() => unsetKey(text, 'retires')).toThrow(UsageError);
  });
});
