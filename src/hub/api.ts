import { en } from 'zod/locales';
import type * as z from 'zod/mini';
import type { Answer } from '../net/ask.js';
import { NotTheHub } from '../net/errors.js';
import { type ExchangeContext, exchange } from '../net/exchange.js';
import { foreignText, publicUrl } from '../net/foreign-text.js';
import { readText } from '../net/text-body.js';
import { UnexpectedAnswer } from './errors.js';
import { type Asked, isHtml, refusal } from './refusal.js';

const mostPageBytes = 64 * 1024 * 1024;
const pageDeadlineMs = 5 * 60 * 1000;

/** zod's small form has no words of its own. */
const inEnglish = { error: en().localeError };

export interface ApiCall<Schema extends z.ZodMiniType> {
  readonly url: URL;
  readonly schema: Schema;
  readonly asked: Asked;
  readonly stallTimeoutMs: number;
}

/**
 * Asks the hub's API once.
 *
 * @throws what `exchange` throws; the errors of `refusal`; NotTheHub; UnexpectedAnswer
 */
export async function callApi<Schema extends z.ZodMiniType>(
  context: ExchangeContext,
  { url, schema, asked, stallTimeoutMs }: ApiCall<Schema>,
): Promise<{ value: z.output<Schema>; answer: Answer }> {
  const { signal } = asked;
  // Encoded bodies are where proxies get lengths wrong, and a listing is short beside what it lists.
  const headers = { accept: 'application/json', 'accept-encoding': 'identity' };
  const answer = await exchange(context, { url, headers, signal, credentials: 'endpoint' });
  if (answer.status >= 400) throw await refusal(answer, asked);
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
  const parsed = schema.safeParse(parseJson(text, answer), inEnglish);
  if (parsed.success) return { value: parsed.data, answer };
  const issue = parsed.error.issues[0];
  throw new UnexpectedAnswer({
    host,
    url: publicUrl(answer.url),
    field: foreignText(fieldName(issue?.path ?? [])),
    problem: issue === undefined ? 'is not as it should be' : foreignText(describe(issue)),
  });
}

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

function describe({ code, message }: z.core.$ZodIssue): string {
  if (code === 'invalid_type') return `is missing or of the wrong type (${message.replace(/^Invalid input: /, '')})`;
  return message;
}
