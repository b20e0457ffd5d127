import { gzipSync } from 'node:zlib';
import { bytesOf, contentOfBytes } from './content.js';
import type { Effect } from './faults.js';
import { errorReply, jsonReply, redirectReply, wholeReply, type Reply } from './replies.js';
import { expiredReply } from './resolve.js';

/** The answer as a fault leaves it, but for what befalls the body on its way (`sending.ts`). */
export async function damaged(reply: Reply, effect: Effect, url: URL): Promise<Reply> {
  return withHeaders(await reshaped(await replaced(reply, effect, url), effect), effect);
}

async function replaced(reply: Reply, effect: Effect, url: URL): Promise<Reply> {
  if (effect.status !== undefined) return errorReply({ status: effect.status });
  if (effect.redirectTo !== undefined) {
    return redirectReply(302, effect.redirectTo === 'self' ? url.pathname + url.search : effect.redirectTo);
  }
  if (effect.captivePortal) return loginPage();
  if (effect.expired) return expiredReply();
  if (effect.json !== undefined) return jsonReply(effect.json);
  if (effect.entries !== undefined) {
    const listed: unknown = JSON.parse((await bytesOf(reply.content)).toString());
    const entries = [...(Array.isArray(listed) ? (listed as unknown[]) : []), ...effect.entries];
    const { Link: link } = reply.headers;
    return jsonReply(entries, link === undefined ? {} : { Link: link });
  }
  return reply;
}

async function reshaped(reply: Reply, effect: Effect): Promise<Reply> {
  const { 'Content-Range': range, ...headers } = reply.headers;
  if (effect.gzip) {
    const packed = contentOfBytes(gzipSync(await bytesOf(reply.content)));
    return wholeReply(200, { ...headers, 'Content-Encoding': 'gzip' }, packed);
  }
  if (effect.ignoreRange && reply.status === 206) return wholeReply(200, headers, reply.content);
  if (effect.truncateTo !== undefined) {
    const end = Math.min(reply.end, reply.start + effect.truncateTo);
    return { ...reply, end, headers: { ...reply.headers, 'Content-Length': String(end - reply.start) } };
  }
  if (effect.shiftContentRangeBy !== undefined && range !== undefined) {
    const { start, end, content } = reply;
    const by = effect.shiftContentRangeBy;
    const shifted = `bytes ${start + by}-${end - 1 + by}/${content.size}`;
    return { ...reply, headers: { ...headers, 'Content-Range': shifted } };
  }
  return reply;
}

function withHeaders(reply: Reply, effect: Effect): Reply {
  const set: Record<string, string | null> = { ...effect.headers };
  const { retryAfter, rateLimit, hugeHeaderBytes } = effect;
  if (retryAfter !== undefined) {
    set['Retry-After'] = retryAfter instanceof Date ? retryAfter.toUTCString() : String(retryAfter);
  }
  if (rateLimit !== undefined) set['RateLimit'] = `"resolvers";r=${rateLimit.left};t=${rateLimit.resetSeconds}`;
  if (hugeHeaderBytes !== undefined) set['X-Huge'] = 'x'.repeat(hugeHeaderBytes);

  const gone = new Set(Object.keys(set).map((name) => name.toLowerCase()));
  const kept = Object.entries(reply.headers).filter(([name]) => !gone.has(name.toLowerCase()));
  const added = Object.entries(set).flatMap(([name, value]) => (value === null ? [] : [[name, value] as const]));
  return { ...reply, headers: Object.fromEntries([...kept, ...added]) };
}

function loginPage(): Reply {
  const html = '<!DOCTYPE html><html><head><title>Log in to the network</title></head><body>Welcome</body></html>';
  return wholeReply(200, { 'Content-Type': 'text/html; charset=utf-8' }, contentOfBytes(html));
}
