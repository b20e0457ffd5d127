/** The target of `rel="next"` in a `Link` header (RFC 8288), as it stands there; undefined on the last page. */
export function nextPage(link: string | undefined): string | undefined {
  for (const [, target, parameters] of (link ?? '').matchAll(/<([^<>]*)>([^<]*)/g)) {
    if (/;\s*rel\s*=\s*(?:"(?:[^"]*\s)?next(?:\s[^"]*)?"|next\b)/i.test(parameters ?? '')) return target;
  }
  return undefined;
}

/**
 * The address of the next page at the endpoint in use. A mirror may pass on the link of the hub that it mirrors: the same
 * route at another origin, so only the query counts.
 *
 * @param base  the page that carried the link
 * @param home  this listing's address at the endpoint in use
 * @param routes  further paths under which it is known elsewhere
 * @returns undefined where the link leads to anything else
 */
export function followPage(
  link: string,
  { base, home, routes }: { base: URL; home: URL; routes: readonly string[] },
): URL | undefined {
  if (!URL.canParse(link, base.href)) return undefined;
  const target = new URL(link, base);
  if (target.protocol !== 'http:' && target.protocol !== 'https:') return undefined;
  if (![base.pathname, home.pathname, ...routes].some((route) => decoded(route) === decoded(target.pathname)))
    return undefined;
  const next = new URL(home);
  next.search = target.search;
  return next;
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
