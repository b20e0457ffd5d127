import * as z from 'zod';
import { parseDuration, parseSize } from './units.js';

/*
 * How a value is read, whoever gave it: flags and variables give text, the config file and a library's caller typed
 * values. An issue's message says what is allowed: `"x" is not <message>`.
 */

export const text = z
  .string({ error: 'text' })
  .trim()
  .min(1, { error: 'a non-empty text', abort: true })
  .refine((value) => !value.includes('\0'), { error: 'a text without NUL' });

export function oneOf<const Values extends readonly [string, ...string[]]>(values: Values) {
  return z.enum(values, { error: `one of ${values.join(', ')}` });
}

export function wholeNumber({ min, max }: { min: number; max: number }) {
  const error = `a whole number from ${min} to ${max}`;
  const digits = z
    .string({ error })
    .regex(/^\d{1,9}$/, { error, abort: true })
    .transform(Number);
  return z.union([z.number(), digits], { error }).pipe(z.int({ error }).min(min, { error }).max(max, { error }));
}

/** Node's timers hold no more than 2^31 - 1 ms. */
const maxMs = 24 * 86_400_000;

/** In ms. */
export function duration({ minMs }: { minMs: number }) {
  const allowed = `a time from ${minMs / 1000}s to 24d, such as 30, 90s, 5m or 2h`;
  return z.union([z.string(), z.number()], { error: allowed }).transform((value, context) => {
    const ms = parseDuration(String(value));
    if (ms !== undefined && ms >= minMs && ms <= maxMs) return ms;
    context.addIssue(allowed);
    return z.NEVER;
  });
}

/** In bytes. */
export function size({ minBytes }: { minBytes: number }) {
  const allowed = `a size from ${minBytes} bytes on, such as 500k, 20MB or 1GiB`;
  return z.union([z.string(), z.number()], { error: allowed }).transform((value, context) => {
    const bytes = parseSize(String(value));
    if (bytes !== undefined && bytes >= minBytes) return bytes;
    context.addIssue(allowed);
    return z.NEVER;
  });
}

/** As the Hugging Face tools give their timeouts. In ms. */
export const seconds = z.string().transform((value, context) => {
  const ms = Math.round(Number(value) * 1000);
  if (/^\d+(\.\d+)?$/.test(value.trim()) && ms > 0 && ms <= maxMs) return ms;
  context.addIssue('a number of seconds, above 0 and at most 24 days');
  return z.NEVER;
});

const spelledBooleans: Readonly<Record<string, boolean>> = {
  1: true,
  on: true,
  yes: true,
  true: true,
  0: false,
  off: false,
  no: false,
  false: false,
};

export const flag = z.union([z.boolean(), z.string()], { error: 'true or false' }).transform((value, context) => {
  const parsed = typeof value === 'boolean' ? value : spelledBooleans[value.trim().toLowerCase()];
  if (parsed !== undefined) return parsed;
  context.addIssue('true or false (1, on, yes; 0, off, no)');
  return z.NEVER;
});

/** As the Hugging Face tools read their switches: 1, ON, YES, TRUE in any case; all else is false. */
export const hubSwitch = z.string().transform((value) => /^(1|on|yes|true)$/i.test(value));

/** A base address without its trailing slash. A list is taken for as long as it names one. */
export const endpoint = z
  .union([z.string(), z.array(z.string())], { error: 'the address of a hub' })
  .transform((value, context) => oneAddress([value].flat(), context));

/** As `HUB_ENDPOINTS` lists them. */
export const endpointList = z.string().transform((list, context) => oneAddress(list.split(','), context));

function oneAddress(texts: readonly string[], context: z.RefinementCtx): string {
  const [address, ...others] = texts.map((one) => one.trim()).filter((one) => one !== '');
  const url = address !== undefined && URL.canParse(address) ? new URL(address) : undefined;
  let allowed: string | undefined;
  if (others.length > 0) allowed = 'one address: several endpoints are not supported';
  else if (url === undefined || !['http:', 'https:'].includes(url.protocol) || url.username + url.password !== '') {
    allowed = 'the address of a hub, such as https://huggingface.co (http or https, without a user)';
  } else if (url.search !== '' || url.hash !== '') allowed = 'the base address of a hub, without a query or fragment';
  if (url !== undefined && allowed === undefined) return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
  context.addIssue(allowed ?? '');
  return z.NEVER;
}

export const proxy = text.refine(
  (value) =>
    URL.canParse(value) &&
    ['http:', 'https:', 'socks5:'].includes(new URL(value).protocol) &&
    new URL(value).hostname !== '',
  { error: 'the address of a proxy: http://host:port, https://… or socks5://…' },
);
