import { describe, expect, it } from 'vitest';
import { displayWidth } from '../../src/cli/columns.js';
import { foldLine, foldTalk } from '../../src/cli/fold.js';

describe('foldLine', () => {
  const fold = (line: string, columns: number, indent = 2) => foldLine(line, { columns, indent });

  it('leaves alone what fits', () => {
    expect(fold('error: no', 9)).toEqual(['error: no']);
  });

  it('breaks at blanks, and puts the rest below an indent', () => {
    expect(fold('error: the repo is not there', 16)).toEqual(['error: the repo', '  is not there']);
    expect(fold('9.00 MB  a file, all of it', 16, 9)).toEqual(['9.00 MB  a file,', '         all of', '         it']);
  });

  it('counts wide characters as the terminal does', () => {
    const lines = fold('失败 模型文件 🤗🤗 权重 e\u0301e\u0301', 10);
    expect(lines).toEqual(['失败', '  模型文件', '  🤗🤗', '  权重 e\u0301e\u0301']);
    for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(10);
  });

  it('keeps what is quoted on one line, to be copied', () => {
    expect(fold('Free some space: "hub cache gc" or `hub cache prune` does', 26)).toEqual([
      'Free some space:',
      '  "hub cache gc" or',
      '  `hub cache prune` does',
    ]);
  });

  it('keeps a word whole that fits on no line, and goes on behind it', () => {
    expect(fold('at http://host/a/long/path now', 12)).toEqual(['at http://host/a/long/path now']);
    expect(fold('a lone " is no quotation here', 16)).toEqual(['a lone " is no', '  quotation here']);
  });
});

describe('foldTalk', () => {
  it('leaves commands and Python alone, which are there to be copied', () => {
    const load = 'load_dataset("/a/path", name="plain", split="train")';
    expect(foldTalk('To go on:\n  hub download org/name --retries 20', 20)).toBe(
      'To go on:\n  hub download org/name --retries 20',
    );
    expect(foldTalk(load, 20)).toBe(load);
  });
});
