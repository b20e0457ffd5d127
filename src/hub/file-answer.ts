import type { Answer } from '../net/ask.js';
import { NotTheHub } from '../net/errors.js';
import type { Reached } from '../net/exchange.js';
import { isPlainRange } from '../net/response-head.js';
import { foreignText, publicUrl } from '../net/foreign-text.js';
import type { Digest } from '../repo/digest.js';
import { UnexpectedStatus, WrongContent, WrongSize } from './errors.js';
import { isHtml } from './refusal.js';

/** What is asked of a file: bytes `[start, end)` of `size`. */
export interface FileRange {
  readonly start: number;
  readonly end: number;
  readonly size: number;
  readonly path: string;
  readonly digest?: Digest | undefined;
}

type FileAnswer = Answer & Partial<Pick<Reached, 'linkedEtag'>>;

/**
 * Which bytes of the file an answer's body brings, as far as its head tells: those asked for with 206, the whole file
 * with 200. Headers that a mirror stripped are not missed.
 *
 * @throws WrongSize, WrongContent, NotTheHub, UnexpectedStatus  the head contradicts the listing or the request
 */
export function bodyExtent(answer: FileAnswer, range: FileRange): { offset: number; bytes: number } {
  const { status, url, header } = answer;
  const { path, size, start, end } = range;
  const { host } = url;
  if (status === 416) throw wrongSize(answer, range, `no bytes from ${start} to ${end}`);
  if (status !== 200 && status !== 206) {
    throw new UnexpectedStatus({ host, url: publicUrl(url), status, said: '' });
  }
  const length = /^\d+$/.exec(header('content-length') ?? '')?.[0];
  if (status === 200 && isHtml(answer) && !/\.x?html?$/i.test(path) && length !== String(size)) {
    throw new NotTheHub({ host, url: publicUrl(url), why: 'a web page' });
  }
  const encoding = header('content-encoding') ?? 'identity';
  if (encoding !== 'identity') {
    throw new WrongContent({ host, path, why: `sends it encoded (${foreignText(encoding)}), against the request` });
  }
  if (status === 200) {
    if (length !== undefined && length !== String(size)) throw wrongSize(answer, range, `${length} bytes`);
    return { offset: 0, bytes: size };
  }
  checkContentRange(answer, range);
  return { offset: start, bytes: end - start };
}

/** Nothing but the bytes asked for follows: the fast lane may ask this address for others. */
export function isPlain({ status, header }: Answer, range: FileRange): boolean {
  const values = (name: string): readonly string[] => [header(name) ?? []].flat();
  return isPlainRange({ status, values }, range);
}

/** RFC 9110 14.4. A range that ends early is taken: what it lacks is asked for next. */
function checkContentRange(answer: FileAnswer, range: FileRange): void {
  const { start, end, size, path } = range;
  const { host } = answer.url;
  const contentRange = answer.header('content-range');
  const isMultipart = /^multipart\//i.test(answer.header('content-type') ?? '');
  if (contentRange === undefined && !isMultipart) return;
  const [, from, to, total] = /^bytes (\d+)-(\d+)\/(\d+|\*)$/i.exec(contentRange?.trim() ?? '') ?? [];
  if (from === undefined || to === undefined || Number(from) !== start || Number(to) >= end || Number(to) < start) {
    const sent = foreignText(contentRange ?? 'several ranges at once');
    throw new WrongContent({ host, path, why: `sends ${sent} where bytes ${start}-${end - 1} were asked for` });
  }
  if (total !== '*' && Number(total) !== size) throw wrongSize(answer, range, `${total ?? '?'} bytes`);
}

function wrongSize({ url, header, linkedEtag }: FileAnswer, range: FileRange, served: string): WrongSize {
  const { path, size, digest } = range;
  const sizes = { host: url.host, path, listed: size, served };
  // The hub's etag of a file is its digest.
  const hex = /^(?:W\/)?"?([0-9a-f]{40}|[0-9a-f]{64})"?$/.exec(linkedEtag ?? header('etag') ?? '')?.[1];
  if (digest === undefined || hex?.length !== digest.hex.length || hex === digest.hex) return new WrongSize(sizes);
  return new WrongSize({ ...sizes, digests: { listed: digest, served: { ...digest, hex } } });
}
