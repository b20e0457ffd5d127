import { describe, expect, it } from 'vitest';
import { chooseReport } from '../../../src/cli/report/choose.js';

const terminal = { isTTY: true, write: () => true };
const pipe = { isTTY: false, write: () => true };

describe('chooseReport', () => {
  it.each([
    ['auto', false, terminal, {}, 'bar'],
    ['auto', false, pipe, {}, 'plain'],
    ['auto', false, terminal, { TERM: 'dumb' }, 'plain'],
    ['auto', false, terminal, { NO_COLOR: '1' }, 'bar'],
    ['auto', false, terminal, { CI: 'true' }, 'plain'],
    ['auto', true, terminal, {}, 'silent'],
    ['plain', true, pipe, {}, 'plain'],
    ['json', true, pipe, {}, 'json'],
    ['none', false, terminal, {}, 'none'],
    ['bar', false, pipe, {}, 'plain'],
    ['bar', true, terminal, { CI: '1' }, 'bar'],
    ['bar', false, terminal, { TERM: 'dumb' }, 'plain'],
  ] as const)('--progress %s, quiet %s, %j, %j: %s', (progress, quiet, stderr, environment, expected) => {
    expect(chooseReport({ progress, quiet }, { stderr, environment })).toBe(expected);
  });
});
