import { describe, expect, it } from 'vitest';
import { displayWidth, padColumns, truncateEnd, truncateMiddle } from '../../src/cli/columns.js';

describe('truncateMiddle', () => {
  it('keeps what fits', () => {
    expect(truncateMiddle('model.bin', 9)).toBe('model.bin');
  });

  it('takes out the middle and keeps the end, which tells files apart', () => {
    expect(truncateMiddle('folder/model-00001-of-00012.safetensors', 20)).toBe('folder…2.safetensors');
  });

  it.each(['模型权重文件名字很长很长.safetensors', '👩‍💻👩‍💻👩‍💻👩‍💻👩‍💻👩‍💻👩‍💻', 'e\u0301'.repeat(30)])(
    'measures %j by the columns that it takes',
    (name) => {
      for (let width = 0; width <= 20; width++) {
        expect(displayWidth(truncateMiddle(name, width)), `width ${width}`).toBeLessThanOrEqual(width);
        expect(displayWidth(truncateEnd(name, width)), `width ${width}`).toBeLessThanOrEqual(width);
      }
    },
  );
});

describe('padColumns', () => {
  it('counts wide characters as two columns', () => {
    expect(padColumns('模型', 6)).toBe('模型  ');
  });
});
