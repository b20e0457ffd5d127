import type { NamedEndpoint } from './schemas.js';
import type { Endpoint, Origin, Settings } from './settings.js';
import { table } from './table.js';
import { defaultOrigin, type Found, type ValueReader } from './value-reader.js';

const huggingFace = 'https://huggingface.co';

/**
 * The endpoints of the source that won, and who of them gets the token: the first, huggingface.co itself, and those that
 * the user's own config file marks, whichever source named them. A mark may also say no.
 */
export function findEndpoints(reader: ValueReader): Found<readonly Endpoint[]> {
  const found: Found<readonly NamedEndpoint[]> = reader.find('endpoint', table.endpoint) ?? {
    value: [{ url: huggingFace }],
    origin: defaultOrigin,
  };
  const marked = reader.inConfigFile('endpoint', table.endpoint) ?? [];
  return {
    ...found,
    value: found.value.map(({ url, token }, index) => ({
      url,
      sendsToken: token ?? marked.find((it) => it.url === url)?.token ?? (index === 0 || url === huggingFace),
    })),
  };
}

/**
 * The settings for a project that names endpoints: they count less than the user's flags and environment, and more than
 * his config file. A project comes from others, so that none of its endpoints gets the token by being named there: only
 * where the user's own config file names that very address so that it would get it.
 *
 * @param urls  as hub.toml names them, base addresses without a trailing slash; empty: the user's own endpoints
 */
export function withProjectEndpoints(
  { settings, origins }: { readonly settings: Settings; readonly origins: { readonly endpoints: Origin } },
  urls: readonly string[],
): Settings {
  const { kind } = origins.endpoints;
  if (urls.length === 0 || kind === 'flag' || kind === 'environment') return settings;
  const own = kind === 'file' ? settings.endpoints : [];
  const endpoints = urls.map((url): Endpoint => {
    const named = own.find((it) => it.url === url);
    return named ?? { url, sendsToken: false, ofProject: true };
  });
  return { ...settings, endpoints };
}
