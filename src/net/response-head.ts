/** Status line and fields of an HTTP/1 answer. */
export interface ResponseHead {
  /** The 1 of HTTP/1.1. */
  readonly minorVersion: number;
  readonly status: number;
  /** All values of a field, by its lower-case name, in the order in which they came. */
  readonly values: (name: string) => readonly string[];
}

/** As undici is told to be. */
const mostHeadBytes = 64 * 1024;
const statusLine = /^HTTP\/1\.([01]) ([1-9][0-9]{2})(?: [\t\x20-\x7e\x80-\xff]*)?$/;
/** Token, colon, value without control characters (RFC 9110 5.5, 5.6.2). A folded line begins with no token. */
const fieldLine = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):([\t\x20-\x7e\x80-\xff]*)$/;

/**
 * Reads an answer's head as it comes, in pieces of any size. Far stricter than RFC 9112 lets a client be: whoever has an
 * odd answer asks again with a complete HTTP implementation.
 */
export class HeadReader {
  #bytes = 0;
  #line = '';
  #start: { minorVersion: number; status: number } | undefined;
  readonly #fields = new Map<string, string[]>();

  /** @returns the head and how many bytes of `piece` belong to it; undefined while its end has not come */
  take(piece: Uint8Array): { head: ResponseHead; bytes: number } | 'odd' | undefined {
    for (let at = 0; at < piece.byteLength;) {
      const newline = piece.indexOf(0x0a, at);
      const end = newline === -1 ? piece.byteLength : newline + 1;
      this.#bytes += end - at;
      if (this.#bytes > mostHeadBytes) return 'odd';
      this.#line += Buffer.from(piece.buffer, piece.byteOffset + at, end - at).toString('latin1');
      if (newline === -1) return undefined;
      if (!this.#line.endsWith('\r\n')) return 'odd';
      const line = this.#line.slice(0, -2);
      this.#line = '';
      if (this.#start !== undefined && line === '') {
        return { head: { ...this.#start, values: (name) => this.#fields.get(name) ?? [] }, bytes: end };
      }
      if (!this.#understands(line)) return 'odd';
      at = end;
    }
    return undefined;
  }

  #understands(line: string): boolean {
    if (this.#start === undefined) {
      const [, minorVersion, status] = statusLine.exec(line) ?? [];
      if (minorVersion === undefined || status === undefined) return false;
      this.#start = { minorVersion: Number(minorVersion), status: Number(status) };
      return true;
    }
    const [, name, value] = fieldLine.exec(line) ?? [];
    if (name === undefined || value === undefined) return false;
    const values = this.#fields.get(name.toLowerCase());
    if (values === undefined) this.#fields.set(name.toLowerCase(), [value]);
    else values.push(value);
    return true;
  }
}

/**
 * True when a body follows that is nothing but bytes `[start, end)` of a file of `size`: 206, one exact length, one exact
 * Content-Range (RFC 9110 14.4), not chunked, not encoded, not multipart.
 */
export function isPlainRange(
  { status, values }: { status: number; values: (name: string) => readonly string[] },
  { start, end, size }: { start: number; end: number; size: number },
): boolean {
  const only = (name: string): string | undefined => (values(name).length === 1 ? values(name)[0]?.trim() : undefined);
  return (
    status === 206 &&
    only('content-length') === String(end - start) &&
    only('content-range')?.toLowerCase() === `bytes ${start}-${end - 1}/${size}` &&
    values('transfer-encoding').length === 0 &&
    values('content-encoding').length === 0 &&
    !values('content-type').some((type) => /^\s*multipart\//i.test(type))
  );
}

/** A server may end an idle connection at the very moment at which it said it would. */
const idleMarginMs = 1000;

/** How long the connection may be kept for the next request, in ms; 0 where it ends with this answer (RFC 9112 9.3). */
export function keepAliveMs(head: ResponseHead, longestMs: number): number {
  const options = head
    .values('connection')
    .flatMap((value) => value.split(',').map((option) => option.trim().toLowerCase()));
  if (options.includes('close') || (head.minorVersion === 0 && !options.includes('keep-alive'))) return 0;
  const seconds = /\btimeout=(\d+)/i.exec(head.values('keep-alive')[0] ?? '')?.[1];
  return seconds === undefined ? longestMs : Math.max(0, Math.min(longestMs, Number(seconds) * 1000 - idleMarginMs));
}
