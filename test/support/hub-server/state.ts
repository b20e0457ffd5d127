import type { Viewer, User } from './access.js';
import type { Repo } from './repos.js';
import type { SignedUrls } from './signed-urls.js';
import type { IncomingMessage } from 'node:http';

/** What the handlers of requests know of the hub. */
export interface HubState {
  /** By key. */
  readonly repos: Map<string, Repo>;
  readonly users: readonly User[];
  readonly endpoint: string;
  readonly cdnOrigin: string;
  readonly urls: SignedUrls;
  /** Entries of a listing's page. */
  pageSize: number;
  /**
   * What `Link` names: the hub's own address, a path without an origin, or another origin (as a mirror does that passes
   * on what the true hub said).
   */
  linkOrigin: string;
  etagForm: EtagForm;
}

/** `"abc"`, `W/"abc"`, or `abc`. */
export type EtagForm = 'strong' | 'weak' | 'bare';

/** One request as handlers see it. */
export interface Asked {
  readonly incoming: IncomingMessage;
  readonly url: URL;
  readonly viewer: Viewer;
}

export function etag(state: HubState, hex: string): string {
  return { strong: `"${hex}"`, weak: `W/"${hex}"`, bare: hex }[state.etagForm];
}
