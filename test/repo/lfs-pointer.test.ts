import { describe, expect, it } from 'vitest';
import { parsePointer } from '../../src/repo/lfs-pointer.js';

describe('parsePointer', () => {
  const hex = 'a'.repeat(64);
  it.each([
    [`version https://git-lfs.github.com/spec/v1\noid sha256:${hex}\nsize 12345\n`, { hex, size: 12_345 }],
    [
      `version https://git-lfs.github.com/spec/v1\next-0-foo sha256:${'b'.repeat(64)}\noid sha256:${hex}\nsize 1\n`,
      { hex, size: 1 },
    ],
    [`version https://git-lfs.github.com/spec/v1\r\noid sha256:${hex}\r\nsize 1\r\n`, { hex, size: 1 }],
    [`version https://git-lfs.github.com/spec/v1\noid sha256:${hex}\n`, undefined],
    [`oid sha256:${hex}\nsize 1\n`, undefined],
    [`version https://git-lfs.github.com/spec/v1\noid sha256:${hex}\nsize 99999999999999999\n`, undefined],
    ['{}', undefined],
    ['', undefined],
  ])('%j', (text, pointer) => {
    expect(parsePointer(text)).toEqual(pointer);
  });
});
