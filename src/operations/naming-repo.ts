import type { HubEvent, Tell } from '../events.js';
import { type RepoId, repoPath } from '../repo/reference.js';

/** Where a run is at several repos, a file is told with the name of its repo before it, and so is a warning that lacks it. */
export function namingRepo(repo: RepoId, tell: Tell): Tell {
  return (event) => tell(withRepo(event, repoPath(repo)));
}

function withRepo(event: HubEvent, repo: string): HubEvent {
  switch (event.type) {
    case 'checking':
    case 'file-started':
    case 'file-done':
    case 'file-failed':
      return { ...event, path: `${repo}/${event.path}` };
    case 'waiting':
    case 'waited':
      return event.reason === 'lease' ? { ...event, on: `${repo}/${event.on}` } : event;
    case 'warning':
      return event.message.includes(repo) ? event : { ...event, message: `${repo}: ${event.message}` };
    default:
      return event;
  }
}
