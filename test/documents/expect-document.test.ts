import { describe, expect, it } from 'vitest';
import { downloadExample } from './download.js';
import { expectDocument, expectEvent } from './expect-document.js';

const failure = {
  error: { code: 'not-cached', exitCode: 8, retryable: false, message: 'not there', hint: null },
  continue: 'hub download org/name',
};
const words = ['download', 'org/name'];

describe('expectDocument', () => {
  it.each([
    ['of a run that did its work', downloadExample],
    ['of one that failed after it had begun', { ...downloadExample, complete: false, ...failure }],
    ['of one that failed before', { schema: 1, ...failure }],
  ])('takes the document %s', (_, document) => {
    expect(() => expectDocument(words, document)).not.toThrow();
  });

  it.each([
    ['a field that is not documented', { ...downloadExample, more: 1 }],
    ['such a field further in', { ...downloadExample, totals: { ...downloadExample.totals, more: 1 } }],
    ['such a field of a failure', { schema: 1, error: { ...failure.error, more: 1 }, continue: '' }],
    ['a field less', { ...downloadExample, sources: undefined }],
    ['a code that is not documented', { schema: 1, ...failure, error: { ...failure.error, code: 'new' } }],
    ["a code with another's exit code", { schema: 1, ...failure, error: { ...failure.error, exitCode: 3 } }],
    ['a failure without the command that goes on', { schema: 1, error: failure.error }],
  ])('refuses %s', (_, document) => {
    expect(() => expectDocument(words, document)).toThrow('docs/json.md');
  });

  it('refuses the document of a command that has none', () => {
    expect(() => expectDocument(['no-such-command'], { schema: 1 })).toThrow('no schema');
  });
});

describe('expectEvent', () => {
  const time = '2026-01-02T03:04:05.000Z';

  it('takes what is documented', () => {
    expect(() => expectEvent({ time, type: 'warning', code: 'renamed', message: '' })).not.toThrow();
  });

  it.each([
    ['a field that is not documented', { time, type: 'summary', message: '', more: 1 }],
    ['a type that is not', { time, type: 'new' }],
    ['a code that is not', { time, type: 'warning', code: 'new', message: '' }],
    ['no time', { type: 'summary', message: '' }],
  ])('refuses %s', (_, line) => {
    expect(() => expectEvent(line)).toThrow();
  });
});
