import { describe, expect, it } from 'vitest';
import { earlySettings } from '../../src/cli/early-settings.js';

describe('earlySettings', () => {
  it('shows errors and no progress where nothing is said', () => {
    expect(earlySettings(['download'], {})).toEqual({ json: false, verbose: false, quiet: false, progress: 'none' });
  });

  it.each([
    [['--json'], {}],
    [['--format', 'json'], {}],
    [['--format=json'], {}],
    [[], { HUB_JSON: '1' }],
  ])('hears the wish for a document from %j and %j', (argv, environment) => {
    expect(earlySettings(argv, environment).json).toBe(true);
  });

  it.each([
    [['--progress', 'json'], {}],
    [['--progress=json'], {}],
    [[], { HUB_PROGRESS: 'json' }],
  ])('hears the wish for NDJSON from %j and %j', (argv, environment) => {
    expect(earlySettings(argv, environment).progress).toBe('json');
  });

  it('takes the last word, and none after --', () => {
    expect(earlySettings(['--progress', 'json', '--progress', 'plain'], {}).progress).toBe('none');
    expect(earlySettings(['--', '--json'], {}).json).toBe(false);
  });
});
