import type { NamedEndpoint } from './schemas.js';
import type { Endpoint } from './settings.js';
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
