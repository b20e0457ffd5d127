import type * as z from 'zod/mini';
import type { HubError } from '../errors.js';
import type { Answer } from '../net/ask.js';
import { NotTheHub } from '../net/errors.js';
import { type ExchangeContext, exchange } from '../net/exchange.js';
import { foreignText, publicUrl } from '../net/foreign-text.js';
import { readText } from '../net/text-body.js';
import { UnexpectedAnswer } from './errors.js';
import { isHtml } from './refusal.js';
import { inEnglish, problemOf } from './schemas.js';

const mostPageBytes = 64 * 1024 * 1024;
const pageDeadlineMs = 5 * 60 * 1000;

/** Of brackets and commas: more than any listing of that length has. As values they take far more memory than as text. */
const mostMarks = 4_000_000;

export interface ApiCall<Schema extends z.ZodMiniType> {
  readonly url: URL;
  readonly schema: Schema;
  /** The error that a 4xx stands for. */
  readonly refusal: (answer: Answer) => Promise<HubError>;
  readonly signal: AbortSignal;
  readonly stallTimeoutMs: number;
}

/**
 * Asks the hub's API once.
 *
 * @throws what `exchange` throws; the error of `refusal`; NotTheHub; UnexpectedAnswer
 */
export async function callApi<Schema extends z.ZodMiniType>(
  context: ExchangeContext,
  { url, schema, refusal, signal, stallTimeoutMs }: ApiCall<Schema>,
): Promise<{ value: z.output<Schema>; answer: Answer }> {
  // Encoded bodies are where proxies get lengths wrong, and a listing is short beside what it lists.
  const headers = { accept: 'application/json', 'accept-encoding': 'identity' };
  const answer = await exchange(context, { url, headers, signal, credentials: 'endpoint' });
  if (answer.status >= 400) throw await refusal(answer);
  const { host } = answer.url;
  if (isHtml(answer)) {
    await answer.body.discard();
    throw new NotTheHub({ host, url: publicUrl(answer.url), why: 'a web page' });
  }
  const text = await readText(answer.body, {
    bytes: mostPageBytes,
    stallTimeoutMs,
    deadlineMs: pageDeadlineMs,
    signal,
  });
  const unexpected = (field: string, problem: string): UnexpectedAnswer =>
    new UnexpectedAnswer({
      host,
      url: publicUrl(answer.url),
      field: foreignText(field),
      problem: foreignText(problem),
    });
  if (hasMoreMarks(text, mostMarks)) throw unexpected('', 'is made of more parts than any listing');
  const parsed = schema.safeParse(parseJson(text, answer), inEnglish);
  if (parsed.success) return { value: parsed.data, answer };
  const issue = parsed.error.issues[0];
  throw unexpected(fieldName(issue?.path ?? []), issue === undefined ? 'is not as it should be' : problemOf(issue));
}

function hasMoreMarks(text: string, most: number): boolean {
  if (text.length <= most) return false;
  let marks = 0;
  for (let at = 0; at < text.length && marks <= most; at += 1) {
    const code = text.charCodeAt(at);
    if (code === bracket || code === brace || code === comma) marks += 1;
  }
  return marks > most;
}

const [bracket, brace, comma] = [0x5b, 0x7b, 0x2c];

function parseJson(text: string, { url }: Answer): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const why = /^\s*</.test(text) ? 'a web page' : 'something that is not JSON';
    throw new NotTheHub({ host: url.host, url: publicUrl(url), why });
  }
}

function fieldName(path: readonly PropertyKey[]): string {
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '');
}
