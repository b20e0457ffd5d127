import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { printContent } from '../../src/cli/print-content.js';

const signal = new AbortController().signal;

async function printed(content: string, stdout: { isTTY: boolean }): Promise<string> {
  const stream = new PassThrough();
  const all = text(stream);
  await printContent(Readable.from([content]), { stdout: Object.assign(stream, stdout) as never, signal });
  stream.end();
  return all;
}

describe('printContent', () => {
  it('leaves every byte as it is where no terminal is', async () => {
    expect(await printed('a\r\n\u001b[31m', { isTTY: false })).toBe('a\r\n\u001b[31m');
  });

  it('gives a terminal lines that it can’t obey', async () => {
    expect(await printed('a\tb\r\n\u001b[31mred\u202e\n\nend', { isTTY: true })).toBe(
      'a\tb\n\\x1b[31mred\\u202e\n\nend\n',
    );
  });

  it('stops at a signal, with its reason', async () => {
    const controller = new AbortController();
    const stdout = Object.assign(new PassThrough(), { isTTY: false }) as never;
    const endless = new Readable({ read: () => undefined });
    const printing = printContent(endless, { stdout, signal: controller.signal });
    controller.abort();
    await expect(printing).rejects.toMatchObject({ code: 'interrupted' });
    expect(endless.destroyed).toBe(true);
  });
});
