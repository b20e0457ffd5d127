/**
 * A hub's base address as somebody wrote it, in the one form in which two of them can be compared: without a trailing
 * slash.
 *
 * @param refuse  is told what would have been allowed
 */
export function baseAddress(address: string, refuse: (allowed: string) => never): string {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol) || url.username + url.password !== '') {
    return refuse('the address of a hub, such as https://huggingface.co (http or https, without a user)');
  }
  if (url.search !== '' || url.hash !== '') return refuse('the base address of a hub, without a query or fragment');
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}
