import { HubError } from '../errors.js';
import type { Answer } from '../net/ask.js';
import { NotTheHub } from '../net/errors.js';
import { foreignText, publicUrl } from '../net/foreign-text.js';
import { readText } from '../net/text-body.js';
import type { RepoId } from '../repo/reference.js';
import { pageUrl } from './addresses.js';
import {
  AccessDenied,
  BadToken,
  Disabled,
  FileNotFound,
  Gated,
  RepoNotFound,
  RevisionNotFound,
  UnexpectedStatus,
} from './errors.js';

/** What was asked for when the hub said no. */
export interface Asked {
  readonly endpoint: URL;
  readonly repo: RepoId;
  readonly revision: string;
  /** Of a file's bytes. */
  readonly path?: string;
  readonly anonymous: boolean;
  readonly signal: AbortSignal;
}

/** The error that a 4xx of the hub stands for, by the order of tests of the hub's own client. Reads the body for it. */
export async function refusal(answer: Answer, asked: Asked): Promise<HubError> {
  const { status, url, header } = answer;
  const { repo, revision, path, anonymous, endpoint } = asked;
  const { host } = url;
  const code = header('x-error-code') ?? '';
  const said = await serverText(answer, asked.signal);
  const page = pageUrl(endpoint, repo);
  const fromHub = code !== '' || header('x-error-message') !== undefined;

  if (code === 'RevisionNotFound') return new RevisionNotFound({ repo, host, revision });
  if (code === 'EntryNotFound') return new FileNotFound({ repo, host, path: path ?? '' });
  if (code === 'GatedRepo') return new Gated({ repo, page, anonymous });
  if (/^Access to this resource is disabled\.?$/i.test(said)) return new Disabled({ repo, page });
  if (code === 'RepoNotFound') return new RepoNotFound({ repo, host, anonymous });
  // A block page of something in between; a mirror's own 404 page is a 404 all the same.
  if (!fromHub && status !== 404 && isHtml(answer)) {
    return new NotTheHub({ host, url: publicUrl(url), why: `a web page (${status})` });
  }
  if (status === 401) {
    const isBadToken = /invalid credentials/i.test(said) || (said === '' && !anonymous);
    return isBadToken ? new BadToken({ host, origin: url.origin }) : new RepoNotFound({ repo, host, anonymous });
  }
  if (status === 403) return new AccessDenied({ repo, host, page, said, anonymous });
  if (status === 404 || status === 410) {
    // Mirrors that strip headers leave the text, at best.
    if (path !== undefined && !/^repo/i.test(said)) return new FileNotFound({ repo, host, path });
    if (/\brev(ision)?\b/i.test(said)) return new RevisionNotFound({ repo, host, revision });
    return new RepoNotFound({ repo, host, anonymous });
  }
  return new UnexpectedStatus({ host, url: publicUrl(url), status, said });
}

/** The same of a question that is about no repo. */
export async function listRefusal(answer: Answer, signal: AbortSignal): Promise<HubError> {
  const { status, url } = answer;
  const { host } = url;
  const said = await serverText(answer, signal);
  if (status === 401) return new BadToken({ host, origin: url.origin });
  return new UnexpectedStatus({ host, url: publicUrl(url), status, said });
}

export function isHtml({ header }: Answer): boolean {
  return /^(text\/html|application\/xhtml\+xml)\b/i.test(header('content-type') ?? '');
}

const errorTextLimits = { bytes: 64 * 1024, stallTimeoutMs: 5000, deadlineMs: 5000 };

/** What the server says about it, fit to be printed; empty where it says nothing. */
async function serverText(answer: Answer, signal: AbortSignal): Promise<string> {
  const header = answer.header('x-error-message');
  if (header !== undefined || isHtml(answer)) {
    await answer.body.discard();
    return foreignText(header ?? '');
  }
  const body = await readText(answer.body, { ...errorTextLimits, signal }).catch((error: unknown) => {
    // The status alone tells enough; only the caller's own signal goes before it.
    if (signal.aborted || !(error instanceof HubError)) throw error;
    return '';
  });
  return foreignText(messageInJson(body) ?? body);
}

function messageInJson(body: string): string | undefined {
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed !== 'object' || parsed === null) return undefined;
    if ('error' in parsed && typeof parsed.error === 'string') return parsed.error;
    if ('error_description' in parsed && typeof parsed.error_description === 'string') return parsed.error_description;
    return undefined;
  } catch {
    return undefined;
  }
}
