import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HeadReader, type ResponseHead, isPlainRange, keepAliveMs } from '../../src/net/response-head.js';

const range = { start: 10, end: 20, size: 100 };
const plainFields = ['Content-Length: 10', 'content-range: bytes 10-19/100'];
const head = (...fields: string[]): string => ['HTTP/1.1 206 Partial Content', ...fields, '', ''].join('\r\n');
const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');

function read(text: string): ResponseHead | 'odd' | undefined {
  const answer = new HeadReader().take(latin1(text));
  return answer === undefined || answer === 'odd' ? answer : answer.head;
}

function isPlain(text: string): boolean {
  const answer = read(text);
  return answer !== undefined && answer !== 'odd' && isPlainRange(answer, range);
}

/** A head given piece by piece, and what follows it. */
function readInPieces(bytes: Buffer, cuts: readonly number[]) {
  const reader = new HeadReader();
  const ends = [...new Set([...cuts.map((cut) => cut % (bytes.byteLength + 1)), bytes.byteLength])].sort(
    (a, b) => a - b,
  );
  let at = 0;
  for (const end of ends) {
    const answer = reader.take(bytes.subarray(at, end));
    if (answer === 'odd') return 'odd';
    if (answer !== undefined) {
      const { status, minorVersion, values } = answer.head;
      return { status, minorVersion, length: values('content-length'), end: at + answer.bytes };
    }
    at = end;
  }
  return undefined;
}

describe('a head', () => {
  it('ends with the empty line, and what follows is no part of it', () => {
    const text = head(...plainFields, 'Set-Cookie: a', 'set-cookie:b');
    const answer = new HeadReader().take(latin1(`${text}body\r\n\r\n`));
    expect(answer).toMatchObject({ bytes: text.length, head: { status: 206, minorVersion: 1 } });
    expect(read(text)).toSatisfy((it: ResponseHead) => it.values('set-cookie').length === 2);
  });

  it.each([
    ['no HTTP', 'SSH-2.0-OpenSSH_9.6\r\n'],
    ['HTTP/0.9', '<html>\n'],
    ['HTTP/2', 'HTTP/2 206\r\n'],
    ['another status line', 'HTTP/1.1  206 OK\r\n'],
    ['a status of four digits', 'HTTP/1.1 2060 OK\r\n'],
    ['an empty line before it', `\r\n${head()}`],
    ['bare LF', head(...plainFields).replaceAll('\r\n', '\n')],
    ['one bare LF', head('a: 1\nb: 2')],
    ['a bare CR', head('a: 1\rb: 2')],
    ['a folded line', head('a: 1', ' folded')],
    ['a line folded with a tab', head('a: 1', '\tfolded')],
    ['a space before the colon', head('content-length : 10')],
    ['a line without a colon', head('content-length')],
    ['a line without a name', head(': 10')],
    ['NUL in a value', head('a: \0')],
    ['NUL in a name', head('a\0: 1')],
    ['a control character', head('a: \x1b[31m')],
    ['one line without end', `HTTP/1.1 206 OK\r\na: ${'x'.repeat(64 * 1024)}`],
    ['more than 64 KiB of lines', head(...Array.from({ length: 5000 }, () => 'a: 12345678901'))],
  ])('is odd with %s', (_, text) => {
    expect(read(text)).toBe('odd');
  });

  it('is read alike, however it is split', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        '\r\n',
        '\n',
        '\r',
        ':',
        ' ',
        '\0',
        'content-length: 5',
        'a: b',
        'HTTP/1.1 206 OK\r\n',
        '\r\n\r\n',
      ),
      fc.string({ maxLength: 8 }),
    );
    const anyHead = fc.oneof(
      fc.array(piece, { maxLength: 12 }).map((parts) => `HTTP/1.1 206 OK\r\n${parts.join('')}`),
      fc.array(piece, { maxLength: 12 }).map((parts) => parts.join('')),
      fc.array(fc.constantFrom('a: 1', 'content-length: 5', 'b:'), { maxLength: 5 }).map((lines) => head(...lines)),
    );
    fc.assert(
      fc.property(anyHead, fc.array(fc.nat(), { maxLength: 20 }), (text, cuts) => {
        const bytes = latin1(text);
        expect(readInPieces(bytes, cuts)).toEqual(readInPieces(bytes, []));
      }),
      { numRuns: 1000 },
    );
  });

  it('never says anything but the truth about hostile bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const answer = new HeadReader().take(bytes);
        expect(answer === undefined || answer === 'odd').toBe(true);
      }),
    );
  });
});

describe('a plain answer', () => {
  it.each([
    ['the least', plainFields],
    ['other fields', [...plainFields, 'Content-Type: application/octet-stream', 'ETag: "x"', 'X: \xe9']],
    ['white space', ['Content-Length:\t10 ', 'Content-Range:bytes 10-19/100']],
  ])('has one length and one range: %s', (_, fields) => {
    expect(isPlain(head(...fields))).toBe(true);
  });

  it.each([
    ['no length', [plainFields[1]]],
    ['two lengths', ['content-length: 10', ...plainFields]],
    ['two lengths in one', ['content-length: 10, 10', plainFields[1]]],
    ['another length', ['content-length: 11', plainFields[1]]],
    ['a negative length', ['content-length: -10', plainFields[1]]],
    ['a signed length', ['content-length: +10', plainFields[1]]],
    ['a length in other digits', ['content-length: 0xa', plainFields[1]]],
    ['no range', [plainFields[0]]],
    ['two ranges', [...plainFields, plainFields[1]]],
    ['another beginning', [plainFields[0], 'content-range: bytes 11-20/100']],
    ['an early end', [plainFields[0], 'content-range: bytes 10-18/100']],
    ['another size', [plainFields[0], 'content-range: bytes 10-19/101']],
    ['an unknown size', [plainFields[0], 'content-range: bytes 10-19/*']],
    ['another unit', [plainFields[0], 'content-range: items 10-19/100']],
    ['chunks', [...plainFields, 'transfer-encoding: chunked']],
    ['a coding', [...plainFields, 'content-encoding: gzip']],
    ['several parts', [...plainFields, 'content-type: multipart/byteranges; boundary=x']],
  ])('has not %s', (_, fields) => {
    expect(isPlain(head(...fields.map(String)))).toBe(false);
  });

  it.each([100, 103, 200, 204, 301, 403, 416, 429, 503])('is not %i', (status) => {
    expect(isPlain(head(...plainFields).replace('206', String(status)))).toBe(false);
  });
});

describe('a connection', () => {
  const kept = (text: string): number => {
    const answer = read(text);
    return answer === undefined || answer === 'odd' ? NaN : keepAliveMs(answer, 30_000);
  };

  it.each([
    ['by default', head(), 30_000],
    ['as long as the server says, less a margin', head('keep-alive: timeout=5, max=100'), 4000],
    ['not longer than we want', head('Keep-Alive: timeout=600'), 30_000],
    ['no time at all', head('Keep-Alive: timeout=1'), 0],
    ['not after close', head('Connection: Close'), 0],
    ['not after close among others', head('connection: keep-alive', 'connection: foo, close'), 0],
    ['not in HTTP/1.0', head().replace('HTTP/1.1', 'HTTP/1.0'), 0],
    ['in HTTP/1.0 where that is said', head('Connection: keep-alive').replace('HTTP/1.1', 'HTTP/1.0'), 30_000],
  ])('is kept %s', (_, text, ms) => {
    expect(kept(text)).toBe(ms);
  });
});
