/**
 * Takes the quantisation off a repo's name, as users of GGUF write it: `org/name:Q4_K_M`, `org/name:Q4_K_M@main`.
 * What has no such suffix, an address with a port among it, stays as it is.
 */
export function takeQuantSuffix(text: string): { text: string; quant?: string } {
  const match = /^([^:@]+):([\w.-]+)(@.+)?$/s.exec(text.trim());
  if (match === null) return { text };
  const [, id = '', quant = '', revision = ''] = match;
  return { text: id + revision, quant };
}
