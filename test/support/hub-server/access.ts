import type { IncomingHttpHeaders } from 'node:http';
import { repoKey, type Repo } from './repos.js';
import { errorReply, redirectReply, type Reply } from './replies.js';
import type { HubState } from './state.js';

/** Somebody with a token. */
export interface User {
  readonly token: string;
  readonly name: string;
  readonly orgs?: readonly string[];
  /** Keys of the private and gated repos that this user may read. */
  readonly mayRead?: readonly string[];
}

export type Viewer = User | 'anonymous';

/** Who asks; a reply where the token is nobody's: the hub then refuses public repos too. */
export function viewerOf(headers: IncomingHttpHeaders, users: readonly User[]): Viewer | Reply {
  if (headers.authorization === undefined) return 'anonymous';
  const user = users.find(({ token }) => headers.authorization === `Bearer ${token}`);
  return user ?? errorReply({ status: 401, message: 'Invalid credentials in Authorization header' });
}

export function mayRead(viewer: Viewer, repo: Repo): boolean {
  return viewer !== 'anonymous' && (viewer.mayRead ?? []).includes(repo.key);
}

/** The repo that is asked for, or what the hub says instead. */
export function openRepo(state: HubState, key: string, { viewer, url }: { viewer: Viewer; url: URL }): Repo | Reply {
  const repo = state.repos.get(key);
  if (repo === undefined) {
    const renamed = movedTo(state, key);
    if (renamed !== undefined) return redirectReply(307, url.pathname.replace(renamed.from, renamed.to) + url.search);
  }
  if (repo === undefined || (repo.private === true && !mayRead(viewer, repo))) {
    return viewer === 'anonymous'
      ? errorReply({ status: 401, message: 'Invalid username or password.' })
      : errorReply({ status: 404, code: 'RepoNotFound', message: 'Repository not found' });
  }
  if (repo.disabled === true) return errorReply({ status: 403, message: 'Access to this resource is disabled.' });
  return repo;
}

/** What a gated repo answers when a file is asked for; undefined where the viewer may have it. */
export function gateOf(repo: Repo, viewer: Viewer): Reply | undefined {
  if (repo.gated === undefined || mayRead(viewer, repo)) return undefined;
  const restricted = `Access to ${repo.type} ${repo.id} is restricted`;
  return viewer === 'anonymous'
    ? errorReply({
        status: 401,
        code: 'GatedRepo',
        message: `${restricted}. You must have access to it and be authenticated to access it. Please log in.`,
      })
    : errorReply({ status: 403, code: 'GatedRepo', message: `${restricted} and you are not in the authorized list.` });
}

function movedTo(state: HubState, key: string): { from: string; to: string } | undefined {
  for (const { type, id, formerIds = [] } of state.repos.values()) {
    const from = formerIds.find((formerId) => repoKey(type, formerId) === key);
    if (from !== undefined) return { from: `/${from}`, to: `/${id}` };
  }
  return undefined;
}
