import * as z from 'zod/mini';
import { baseAddress } from '../repo/base-address.js';
import { frameworkSpellings } from '../repo/frameworks.js';
import { parseDuration, parseSize } from './units.js';

/*
 * How a value is read, whoever gave it: flags and variables give text, the config file and a library's caller typed
 * values. An issue's message says what is allowed: `"x" is not <message>`. In zod's small form: with the other, these
 * schemas alone take 30 ms of every start.
 */

export const text = z.string({ error: 'text' }).check(
  z.trim(),
  z.minLength(1, { error: 'a non-empty text', abort: true }),
  z.refine((value) => !value.includes('\0'), { error: 'a text without NUL' }),
);

export function oneOf<const Values extends readonly [string, ...string[]]>(values: Values) {
  return z.enum(values, { error: `one of ${values.join(', ')}` });
}

export function wholeNumber({ min, max }: { min: number; max: number }) {
  const error = `a whole number from ${min} to ${max}`;
  const digits = z.pipe(z.string().check(z.regex(/^\d{1,9}$/, { error, abort: true })), z.transform(Number));
  const inRange = z.int({ error }).check(z.minimum(min, { error }), z.maximum(max, { error }));
  return z.pipe(z.union([z.number(), digits], { error }), inRange);
}

/** Node's timers hold no more than 2^31 - 1 ms. */
const maxMs = 24 * 86_400_000;

/** In ms. */
export function duration({ minMs }: { minMs: number }) {
  const allowed = `a time from ${minMs / 1000}s to 24d, such as 30, 90s, 5m or 2h`;
  return transformed(z.union([z.string(), z.number()], { error: allowed }), (value, refuse) => {
    const ms = parseDuration(String(value));
    return ms !== undefined && ms >= minMs && ms <= maxMs ? ms : refuse(allowed);
  });
}

const allowedAge = 'a time, such as 90s, 30m, 12h, 30d or 2w';
const allowedShare = 'a size, such as 500MB, 200GB, 64GiB or 80% of the disk';

/** In bytes. */
export function size({ minBytes }: { minBytes: number }) {
  const allowed = `a size from ${minBytes} bytes on, such as 500k, 20MB or 1GiB`;
  return transformed(z.union([z.string(), z.number()], { error: allowed }), (value, refuse) => {
    const bytes = parseSize(String(value));
    return bytes !== undefined && bytes >= minBytes ? bytes : refuse(allowed);
  });
}

/** Of what was used or made so long ago. In ms. */
export const age = transformed(z.union([z.string(), z.number()], { error: allowedAge }), (value, refuse) => {
  return parseDuration(String(value)) ?? refuse(allowedAge);
});

/** In bytes, or as a share (0 to 1) of a disk. */
export const sizeOrShare = transformed(
  z.union([z.string(), z.number()], { error: allowedShare }),
  (value, refuse): { bytes: number } | { ofDisk: number } => {
    const percents = /^(\d+(?:\.\d+)?) ?%$/.exec(String(value).trim())?.[1];
    if (percents !== undefined && Number(percents) <= 100) return { ofDisk: Number(percents) / 100 };
    const bytes = parseSize(String(value));
    return bytes === undefined ? refuse(allowedShare) : { bytes };
  },
);

/** As the Hugging Face tools give their timeouts. In ms. */
export const seconds = transformed(z.string(), (value, refuse) => {
  const ms = Math.round(Number(value) * 1000);
  if (/^\d+(\.\d+)?$/.test(value.trim()) && ms > 0 && ms <= maxMs) return ms;
  return refuse('a number of seconds, above 0 and at most 24 days');
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

export const flag = transformed(z.union([z.boolean(), z.string()], { error: 'true or false' }), (value, refuse) => {
  const parsed = typeof value === 'boolean' ? value : spelledBooleans[value.trim().toLowerCase()];
  return parsed ?? refuse('true or false (1, on, yes; 0, off, no)');
});

const aFramework = `one of ${[...frameworkSpellings.keys()].join(', ')}`;

export const framework = transformed(
  z.string({ error: aFramework }),
  (value, refuse) => frameworkSpellings.get(value.trim().toLowerCase()) ?? refuse(aFramework),
);

/** As the Hugging Face tools read their switches: 1, ON, YES, TRUE in any case; all else is false. */
export const hubSwitch = transformed(z.string(), (value) => /^(1|on|yes|true)$/i.test(value));

/** What the services set that run CI jobs: some say which one they are. Those that say no mean it. */
export const ciSwitch = transformed(z.string(), (value) => !/^(0|off|no|false)$/i.test(value));

const someFolders = 'the path of a folder, or a list of such';

/** One folder or a list of them. */
export const folders = transformed(
  z.union([z.string(), z.array(z.string())], { error: someFolders }),
  (value, refuse) => namedFolders([value].flat(), refuse),
);

/** As `HUB_READ_CACHES` lists them. */
export const folderList = transformed(z.string(), (list, refuse) => namedFolders(list.split(','), refuse));

function namedFolders(named: readonly string[], refuse: Refuse): readonly string[] {
  const given = named.map((folder) => folder.trim()).filter((folder) => folder !== '');
  return given.length === 0 || given.some((folder) => folder.includes('\0')) ? refuse(someFolders) : given;
}

/** An endpoint as somebody names it. */
export interface NamedEndpoint {
  /** Base address without its trailing slash. */
  readonly url: string;
  /** Whether the token may go there, where that is said. */
  readonly token?: boolean | undefined;
}

const anEndpoint = { error: "the address of a hub, a list of such, or in the config file { url = '…', token = true }" };

/** One endpoint or a list of them; in the config file one may be marked for the token. */
export const endpoints = transformed(
  z.union(
    [z.string(), z.array(z.union([z.string(), z.strictObject({ url: z.string(), token: z.optional(z.boolean()) })]))],
    anEndpoint,
  ),
  (value, refuse) =>
    namedEndpoints(
      [value].flat().map((one) => (typeof one === 'string' ? { url: one } : one)),
      refuse,
    ),
);

/** As `HF_ENDPOINT` names it: one, as everywhere. */
export const oneEndpoint = transformed(z.string(), (url, refuse) => namedEndpoints([{ url }], refuse));

/** As `HUB_ENDPOINTS` lists them. */
export const endpointList = transformed(z.string(), (list, refuse) =>
  namedEndpoints(
    list.split(',').map((url) => ({ url })),
    refuse,
  ),
);

function namedEndpoints(named: readonly NamedEndpoint[], refuse: Refuse): readonly NamedEndpoint[] {
  const given = named.filter(({ url }) => url.trim() !== '');
  const endpoints = given.map((one) => ({ ...one, url: baseAddress(one.url.trim(), refuse) }));
  if (endpoints.length === 0) return refuse('the address of a hub');
  return endpoints.filter(({ url }, index) => endpoints.findIndex((other) => other.url === url) === index);
}

export const proxy = text.check(
  z.refine(
    (value) =>
      URL.canParse(value) &&
      ['http:', 'https:', 'socks5:', 'socks5h:', 'socks:'].includes(new URL(value).protocol) &&
      new URL(value).hostname !== '',
    { error: 'the address of a proxy: http://host:port, https://… or socks5://…' },
  ),
);

/** Says what would have been allowed. */
type Refuse = (allowed: string) => never;

/** A value that a schema has passed, turned into ours. */
export function transformed<Given, Value>(
  schema: z.ZodMiniType<Given>,
  transform: (given: Given, refuse: Refuse) => Value,
) {
  const toValue = (given: Given, { issues }: z.core.ParsePayload) =>
    transform(given, (message) => {
      issues.push({ code: 'custom', message, input: given });
      return z.NEVER;
    });
  return z.pipe(schema, z.transform(toValue));
}
