import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { continueCommand, shellQuote, withoutSecrets } from '../../src/cli/shell.js';

describe('shellQuote', () => {
  it.each([
    ['facebook/opt-13b@v1.0', 'facebook/opt-13b@v1.0'],
    ['*.h5', "'*.h5'"],
    ["it's", "'it'\\''s'"],
    ['', "''"],
    ['=ls', "'=ls'"],
    ['~/x', "'~/x'"],
    ['a\u001bb\n', "$'a\\x1bb\\x0a'"],
  ])('quotes %j as %s', (word, expected) => {
    expect(shellQuote(word, 'linux')).toBe(expected);
  });

  it('uses double quotes on Windows', () => {
    expect(shellQuote('*.h5', 'win32')).toBe('"*.h5"');
  });

  it.runIf(process.platform !== 'win32')('gives words that bash reads as they were', () => {
    const words = fc.sample(
      fc.string({ unit: 'grapheme', maxLength: 12 }).filter((word) => !word.includes('\0')),
      200,
    );
    const output = execFileSync('bash', [
      '-c',
      `printf '%s\\0' ${words.map((word) => shellQuote(word, 'linux')).join(' ')}`,
    ]);
    expect(output.toString('utf8').split('\0').slice(0, -1)).toEqual(words);
  });
});

describe('continueCommand', () => {
  it('quotes the words as they were typed', () => {
    expect(continueCommand('hub', ['download', 'a/b', '--exclude', '*.h5'], 'linux')).toBe(
      "hub download a/b --exclude '*.h5'",
    );
  });

  it.each([[['download', 'a/b', '--token', 'hf_secret', '-q']], [['download', 'a/b', '--token=hf_secret', '-q']]])(
    'leaves the token out of %j',
    (argv) => {
      expect(continueCommand('hub', argv, 'linux')).toBe('hub download a/b -q');
    },
  );

  it.each([
    ['http://me:secret@gateway:1', 'http://gateway:1'],
    ['me:secret@gateway:1', 'gateway:1'],
    ['ftp://me:secret@gateway:1', 'ftp://gateway:1'],
    ['http://me:se@c/r?e#t@gateway:1', 'http://gateway:1'],
    ['https://hub.example/base?key=secret', 'https://hub.example/base'],
  ])('shows no account of %s, be it well written or not', (address, shown) => {
    for (const flag of ['--proxy', '--endpoint']) {
      const argv = ['download', flag, address, 'a/b@main', `${flag}=${address}`];
      expect(continueCommand('hub', argv, 'linux')).toBe(`hub download ${flag} ${shown} a/b@main ${flag}=${shown}`);
    }
    expect(continueCommand('hub', ['download', 'a/b', '--proxy'], 'linux')).toBe('hub download a/b --proxy');
  });
});

describe('withoutSecrets', () => {
  it.each([
    ['http://me:secret@gateway.example:8080', 'http://gateway.example:8080'],
    ['--proxy=socks5://me:p@ss@gateway.example', '--proxy=socks5://gateway.example'],
    ['--proxy=http://me:a secret@gateway.example', '--proxy=http://gateway.example'],
    ['https://cdn.example/file?Signature=abc', 'https://cdn.example/file'],
    ['hf://gpt2@main', 'hf://gpt2@main'],
    ['org/name@main', 'org/name@main'],
  ])('turns %s into %s', (text, expected) => {
    expect(withoutSecrets(text)).toBe(expected);
  });
});
