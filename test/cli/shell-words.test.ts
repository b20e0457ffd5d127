import { describe, expect, it } from 'vitest';
import { shellWords } from '../../src/cli/shell-words.js';

describe('shellWords', () => {
  it.each([
    { line: 'facebook/opt-13b', words: ['facebook/opt-13b'] },
    { line: '  a   b\tc\r', words: ['a', 'b', 'c'] },
    { line: 'a -x *.h5', words: ['a', '-x', '*.h5'] },
    { line: `a -x '*.h5' -i "b c"`, words: ['a', '-x', '*.h5', '-i', 'b c'] },
    { line: `-x='*.h5'"*.bin"`, words: ['-x=*.h5*.bin'] },
    { line: `""`, words: [''] },
    { line: `a "say \\"hi\\" \\n"`, words: ['a', 'say "hi" \\n'] },
    { line: 'a\\ b \\#c', words: ['a b', '#c'] },
    { line: 'a # the rest', words: ['a'] },
    { line: 'a#b "# no"', words: ['a#b', '# no'] },
    { line: '# all of it', words: [] },
    { line: '$HOME `x` ~', words: ['$HOME', '`x`', '~'] },
    { line: '', words: [] },
  ])('$line', ({ line, words }) => {
    expect(shellWords(line)).toEqual(words);
  });

  it.each([`a "b`, `a 'b`, 'a \\'])('%s is not complete', (line) => {
    expect(() => shellWords(line)).toThrow(SyntaxError);
  });
});
