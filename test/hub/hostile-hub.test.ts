import { createGzip } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { HubSettings } from '../../src/hub/client.js';
import { rawServer } from '../net/lane-server.js';
import { closing, serve } from '../net/server.js';
import { Collector, clientFor, commitHash, model, noSignal } from './support.js';

const MB = 1_000_000;
const commit = commitHash('0123456789012345678901234567890123456789');
const outcome = (promise: Promise<unknown>): Promise<unknown> => promise.catch((error: unknown) => error);

function listingOf(origin: string, settings: Partial<HubSettings> = {}): Promise<unknown> {
  return outcome(closing(clientFor(origin, { retries: 0, ...settings })).listTree(model, commit, { signal: noSignal }));
}

describe('a listing', () => {
  const answering = (text: string) => serve((_, response) => response.writeHead(200).end(text));

  it('whose pages point at each other is refused', async () => {
    const { origin, requests } = await serve(({ url = '' }, response) => {
      const other = url.includes('cursor=a') ? 'b' : 'a';
      response.writeHead(200, { link: `<?cursor=${other}>; rel="next"` }).end('[]');
    });
    expect(await listingOf(origin)).toMatchObject({
      code: 'unexpected-answer',
      message: expect.stringContaining('leads back') as string,
    });
    expect(requests).toHaveLength(3);
  });

  it('asks no other origin, whatever its pages point at', async () => {
    const elsewhere = await serve((_, response) => response.end('[]'));
    const { origin } = await serve(({ url = '' }, response) => {
      const next = `${elsewhere.origin}${url.replace('&cursor=a', '')}&cursor=a`;
      response.writeHead(200, { link: `<${next}>; rel="next"` }).end('[]');
    });
    expect(await listingOf(origin)).toMatchObject({ code: 'unexpected-answer' });
    expect(elsewhere.requests).toEqual([]);
  });

  it('whose Link header is full of what is none is read in a moment', async () => {
    const { origin } = await serve((_, response) => response.writeHead(200, { link: '<'.repeat(15_000) }).end('[]'));
    expect(await listingOf(origin)).toMatchObject({ files: [] });
  });

  it.each([
    ['nested without end', '['.repeat(8_000_000)],
    ['of millions of tiny things', `[${'1,'.repeat(8_000_000)}1]`],
    ['of millions of names', `{${Array.from({ length: 4_100_000 }, (_, n) => `"${n}":1`).join()}}`],
  ])('%s is not even parsed', async (_, text) => {
    const { origin, requests } = await answering(text);
    expect(await listingOf(origin, { retries: 8 })).toMatchObject({ code: 'unexpected-answer', exitCode: 6 });
    expect(requests).toHaveLength(1);
  });

  it('of a million wrong entries is judged by the first', async () => {
    const { origin } = await answering(`[${'7,'.repeat(1_000_000)}7]`);
    expect(await listingOf(origin)).toMatchObject({
      code: 'unexpected-answer',
      message: expect.stringContaining('the field [0]') as string,
    });
  });

  it('deeply nested, but short, is refused as any other', async () => {
    const deep = 300_000;
    const { origin } = await answering('['.repeat(deep) + ']'.repeat(deep));
    expect(await listingOf(origin)).toMatchObject({ code: 'unexpected-answer' });
  });

  it('whose paths are endless is refused', async () => {
    const entry = { type: 'file', path: 'x'.repeat(50 * MB), oid: 'a'.repeat(40), size: 1 };
    const page = JSON.stringify([entry]);
    const { origin, requests } = await serve((_, response) =>
      response.writeHead(200, { link: `<?cursor=${requests.length}>; rel="next"` }).end(page),
    );
    expect(await listingOf(origin)).toMatchObject({
      code: 'unexpected-answer',
      message: expect.stringContaining('goes on after 3 entries') as string,
    });
  });

  it('without end is read up to 64 MiB', async () => {
    let sent = 0;
    const piece = Buffer.alloc(MB, ' ');
    const { origin } = await serve((_, response) => {
      const send = (): void => {
        while (!response.destroyed && response.write(piece)) sent += piece.byteLength;
      };
      response.writeHead(200).on('drain', send);
      send();
    });
    expect(await listingOf(origin)).toMatchObject({ code: 'wrong-length', exitCode: 6 });
    expect(sent).toBeLessThan(200 * MB);
  });

  it('that comes compressed, against the request, is not unpacked', async () => {
    const { origin, requests } = await serve((_, response) => {
      const bomb = createGzip();
      bomb.pipe(response.writeHead(200, { 'content-encoding': 'gzip', 'content-type': 'application/json' }));
      bomb.end(Buffer.alloc(20 * MB, ' '));
    });
    expect(await listingOf(origin)).toMatchObject({ code: 'not-the-hub', exitCode: 5 });
    expect(requests[0]?.headers['accept-encoding']).toBe('identity');
  });
});

describe('headers', () => {
  it('of megabytes end the try', async () => {
    const { url } = await rawServer(({ socket }) => {
      socket.write('HTTP/1.1 200 OK\r\n');
      for (let n = 0; n < 50 && !socket.destroyed; n += 1) socket.write(`x-${n}: ${'x'.repeat(100_000)}\r\n`);
    });
    expect(await listingOf(url.origin)).toMatchObject({ code: 'unreachable', exitCode: 5 });
  });

  it.each([
    ['a flood of 1xx', 'HTTP/1.1 103 Early Hints\r\nlink: </a>; rel=preload\r\n\r\n'],
    ['a drip', 'x: y\r\n'],
  ])('that never end, %s, have the time that headers have', async (_, piece) => {
    const { url } = await rawServer(({ socket }) => {
      if (!piece.startsWith('HTTP')) socket.write('HTTP/1.1 200 OK\r\n');
      const drip = setInterval(() => socket.write(piece), 5);
      socket.once('close', () => clearInterval(drip));
    });
    expect(await listingOf(url.origin, { headersTimeoutMs: 200 })).toMatchObject({ code: 'unreachable', exitCode: 5 });
  });

  it('1xx before an answer is no answer', async () => {
    const { url } = await rawServer(({ socket }) =>
      socket.write('HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n[]'),
    );
    expect(await listingOf(url.origin)).toMatchObject({ files: [] });
  });
});

describe('the head of a file', () => {
  const size = 100;
  const right = Buffer.from(Array.from({ length: size }, (_, n) => n));

  /** Asks for bytes 10 to 19 twice: by the usual way, and as often as that is tried by the fast lane. */
  async function readBy(answer: (n: number) => string, body = right.subarray(10, 20)) {
    const { url } = await rawServer(({ socket, n }) => {
      socket.write(`${answer(n)}\r\n`);
      socket.end(body);
    });
    const client = closing(clientFor(url.origin, { headersTimeoutMs: 2000, stallTimeoutMs: 500 }));
    const source = client.source(model, commit, { path: 'a.bin', size });
    const read = async () => {
      const sink = new Collector();
      const error = await outcome(source.read({ start: 10, end: 20 }, sink, noSignal));
      return { error, bytes: Buffer.concat(sink.runs.flatMap(({ buffers }) => buffers)), runs: sink.runs };
    };
    return [await read(), await read()];
  }

  const plain = 'HTTP/1.1 206 Partial\r\ncontent-range: bytes 10-19/100\r\ncontent-length: 10\r\n';
  const odd = [
    'content-length: -1',
    'content-length: NaN',
    'content-length: 1e30',
    'content-length: 99999999999999999999999999',
    'content-length: 0',
    'content-length: 9',
    'content-length: 11',
    'content-length: 10\r\ncontent-length: 12',
    'content-length: 10\r\ntransfer-encoding: chunked',
    'content-range: bytes 10-19/101\r\ncontent-length: 10',
    'content-range: bytes 0-9/100\r\ncontent-length: 10',
    'content-range: bytes 10-99/100\r\ncontent-length: 90',
    'content-range: bytes 10-99999999999999999999/100\r\ncontent-length: 10',
    'content-range: bytes 19-10/100\r\ncontent-length: 10',
    'content-range: bytes -10-19/100\r\ncontent-length: 10',
    'content-range: bytes 10-19/NaN\r\ncontent-length: 10',
    'content-type: multipart/byteranges; boundary=x\r\ncontent-length: 10',
    'content-encoding: gzip\r\ncontent-range: bytes 10-19/100\r\ncontent-length: 10',
    'etag: "../../evil"\r\nx-linked-etag: "../../../evil"\r\ncontent-length: 10',
  ];

  it.each(odd)('206 with %j brings the bytes of that range, or none', async (fields) => {
    const heads = [`HTTP/1.1 206 Partial\r\n${fields}\r\n`, plain];
    for (const order of [heads, heads.toReversed()]) {
      const reads = await readBy((n) => order[n === 1 ? 0 : 1] ?? plain);
      for (const { error, bytes, runs } of reads) {
        if (error !== undefined) expect(error).toMatchObject({ retryable: true });
        expect(bytes.equals(right.subarray(10, 10 + bytes.byteLength))).toBe(true);
        if (runs.length > 0) expect(runs[0]?.offset).toBe(10);
      }
    }
  });

  it('that lies about how much follows never brings more than was asked for', async () => {
    const reads = await readBy(() => plain, right);
    for (const { bytes } of reads) expect(bytes.equals(right.subarray(0, 10)) || bytes.byteLength === 0).toBe(true);
  });
});
