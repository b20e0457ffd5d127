import { STATUS_CODES, type IncomingHttpHeaders } from 'node:http';
import { contentOfBytes, type Content } from './content.js';

/** An answer before it is sent: a part of some content, `[start, end)`. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly content: Content;
  readonly start: number;
  readonly end: number;
}

export function wholeReply(status: number, headers: Readonly<Record<string, string>>, content: Content): Reply {
  const length = String(content.size);
  return { status, headers: { ...headers, 'Content-Length': length }, content, start: 0, end: content.size };
}

export function jsonReply(value: unknown, headers: Readonly<Record<string, string>> = {}, status = 200): Reply {
  const type = { 'Content-Type': 'application/json; charset=utf-8' };
  return wholeReply(status, { ...type, ...headers }, contentOfBytes(JSON.stringify(value)));
}

export interface HubFailure {
  readonly status: number;
  readonly message?: string;
  /** `X-Error-Code`: RepoNotFound, RevisionNotFound, EntryNotFound, GatedRepo. */
  readonly code?: string;
  readonly commit?: string;
}

export function errorReply({ status, message = STATUS_CODES[status] ?? 'error', code, commit }: HubFailure): Reply {
  const headers = {
    'X-Error-Message': message,
    ...(code !== undefined && { 'X-Error-Code': code }),
    ...(commit !== undefined && { 'X-Repo-Commit': commit }),
  };
  return jsonReply({ error: message }, headers, status);
}

/** A redirect has a body of its own, whose length is not the file's. */
export function redirectReply(status: number, location: string, headers: Readonly<Record<string, string>> = {}): Reply {
  const type = { 'Content-Type': 'text/plain; charset=utf-8', Location: location };
  const text = `${STATUS_CODES[status] ?? ''}. Redirecting to ${location}`;
  return wholeReply(status, { ...type, ...headers }, contentOfBytes(text));
}

/**
 * Content as RFC 9110 14 says: one byte range in any of its forms is honoured; several, or malformed ones, get the
 * whole, and so does an `If-Range` that names another version.
 */
export function rangedReply(
  content: Content,
  { headers, asked }: { headers: Readonly<Record<string, string>>; asked: IncomingHttpHeaders },
): Reply {
  const all = { 'Accept-Ranges': 'bytes', ...headers };
  const ifRange = asked['if-range'];
  const match = /^bytes=(\d*)-(\d*)$/.exec(asked.range ?? '');
  if (match === null || match[0] === 'bytes=-' || (ifRange !== undefined && ifRange !== headers['ETag'])) {
    return wholeReply(200, all, content);
  }
  const [, first = '', last = ''] = match;
  const start = first === '' ? Math.max(0, content.size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? content.size : Math.min(content.size, Number(last) + 1);
  if (first !== '' && last !== '' && Number(last) < start) return wholeReply(200, all, content);
  if (start >= end) {
    return wholeReply(416, { ...all, 'Content-Range': `bytes */${content.size}` }, contentOfBytes(''));
  }
  const range = { 'Content-Range': `bytes ${start}-${end - 1}/${content.size}`, 'Content-Length': String(end - start) };
  return { status: 206, headers: { ...all, ...range }, content, start, end };
}
