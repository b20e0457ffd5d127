import { UsageError } from '../errors.js';

/** What a page's address says, before anything of it is judged. */
export interface PageAddress {
  /** `org/name` or `name`, with `datasets/` and the like before it. */
  readonly id: string;
  readonly revision?: string;
  /** A file, or with a trailing `/` a folder. */
  readonly path?: string;
}

const hubHosts = ['huggingface.co', 'www.huggingface.co', 'hf.co'];

/** Pages that show a file or a folder at a revision. */
const folderPages = ['tree'];
const filePages = ['blob', 'resolve', 'raw', 'blame'];
const historyPages = ['commit', 'commits'];
const pages = [...folderPages, ...filePages, ...historyPages];

/**
 * Reads an address as it stands in a browser's bar, with or without its scheme. Query and fragment are dropped.
 *
 * @param endpoints  base addresses of the hubs in use: their pages are taken as well as huggingface.co's
 * @returns undefined when `text` is no address at all
 * @throws UsageError  for an address of another host, or of a page that is not a repo's
 */
export function parsePageAddress(
  text: string,
  { endpoints, typeWords }: { endpoints: readonly string[]; typeWords: readonly string[] },
): PageAddress | undefined {
  const bases = endpoints.map((endpoint) => new URL(endpoint));
  const url = asUrl(text, bases);
  if (url === undefined) return undefined;
  const onSameHost = bases.filter(({ host }) => host === url.host).map(({ pathname }) => pathname.replace(/\/+$/, ''));
  if (onSameHost.length === 0 && !hubHosts.includes(url.hostname)) throw otherHost(text, url);

  const isInside = (path: string) => url.pathname === path || url.pathname.startsWith(`${path}/`);
  const basePath = onSameHost.find(isInside) ?? '';
  const inside = isInside(basePath);
  const parts = (inside ? url.pathname.slice(basePath.length) : url.pathname).split('/').filter((part) => part !== '');
  const decoded = parts.map((part) => decode(part, text));
  const type = decoded.length > 1 && typeWords.includes(decoded[0] ?? '') ? decoded.slice(0, 1) : [];
  return readPage(decoded.slice(type.length), { type, text });
}

function asUrl(text: string, bases: readonly URL[]): URL | undefined {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (scheme !== undefined && scheme !== 'http' && scheme !== 'https') {
    throw new UsageError(`"${text}" is not a page's address: one begins with https://, http:// or hf://`);
  }
  if (scheme === undefined && !beginsWithHost(text, bases)) return undefined;
  const address = scheme === undefined ? `${protocolOf(text, bases)}//${text}` : text;
  if (!URL.canParse(address)) throw new UsageError(`"${text}" is not a valid address`);
  return new URL(address);
}

/** Of an address without a scheme: that of the endpoint on its host, else that of the first. */
function protocolOf(text: string, bases: readonly URL[]): string {
  return (bases.find(({ host }) => host === hostOf(text)) ?? bases[0])?.protocol ?? 'https:';
}

function hostOf(text: string): string {
  return text.split(/[/?#@]/, 1)[0]?.toLowerCase() ?? '';
}

function beginsWithHost(text: string, bases: readonly URL[]): boolean {
  const host = hostOf(text);
  if (hubHosts.includes(host) || (/[.:]/.test(host) && bases.some((base) => host === base.host))) return true;
  // Two parts with a dot in the first may be a repo; three are no repo's name, so the first is a host.
  const parts = text.split('@', 1)[0]?.split('/') ?? [];
  return parts.length > 2 && /^[a-z0-9-]+(\.[a-z0-9-]+)*(\.[a-z0-9-]+|:\d+)$/.test(host);
}

function readPage(parts: readonly string[], { type, text }: { type: readonly string[]; text: string }): PageAddress {
  // `gpt2/tree/main` has its page second, `org/name/tree/main` third.
  const third = parts[2];
  const nameLength =
    third !== undefined && pages.includes(third) && parts.length > 3
      ? 2
      : parts.length > 2 && pages.includes(parts[1] ?? '')
        ? 1
        : Math.min(parts.length, 2);
  const id = [...type, ...parts.slice(0, nameLength)].join('/').replace(/\.git$/, '');
  const [page, ...rest] = parts.slice(nameLength);
  if (id === '') throw new UsageError(`"${text}" is the address of a hub, not of a repo`);
  if (page === undefined) return { id };
  if (!pages.includes(page)) {
    throw new UsageError(`"${text}" is not the address of a repo's files`, { hint: `The repo alone is ${id}.` });
  }
  const [revision, ...path] = splitRevision(rest);
  if (revision === undefined) return { id };
  if (historyPages.includes(page) || path.length === 0) return { id, revision };
  return { id, revision, path: path.join('/') + (folderPages.includes(page) ? '/' : '') };
}

/** A ref in full (`refs/pr/1`) takes three parts where its slashes are not encoded. */
function splitRevision(parts: readonly string[]): readonly string[] {
  return parts[0] === 'refs' && parts.length > 2 ? [parts.slice(0, 3).join('/'), ...parts.slice(3)] : parts;
}

function decode(part: string, text: string): string {
  try {
    return decodeURIComponent(part);
  } catch (cause) {
    throw new UsageError(`"${text}" holds a malformed percent sequence: ${part}`, { cause });
  }
}

function otherHost(text: string, url: URL): UsageError {
  // Neither a password nor a signed query belongs in a message.
  const address = `${url.origin}${url.pathname}`;
  const shown = /^[\w@%+=:,./-]+$/.test(address) ? address : `'${address.replaceAll("'", "'\\''")}'`;
  return new UsageError(`${address}: ${url.host} is neither huggingface.co nor the endpoint in use`, {
    hint: `If it is a hub: hub download ${shown} --endpoint ${url.origin}`,
  });
}
