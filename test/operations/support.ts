import type { HubEvent } from '../../src/events.js';
import type { HubClient } from '../../src/hub/client.js';
import { Backoff } from '../../src/net/backoff.js';
import { systemClock } from '../../src/net/clock.js';
import type { OperationContext } from '../../src/operations/context.js';
import type { ListedFile } from '../../src/repo/listing.js';
import type { Settings } from '../../src/settings/settings.js';
import type { Source } from '../../src/transfer/source.js';
import { plainNetwork } from '../net/network.js';
import { sha256Of } from '../transfer/fakes.js';

export function settingsWith(cacheDir: string, overrides: Partial<Settings> = {}): Settings {
  return {
    cacheDir,
    readCaches: [],
    endpoints: [{ url: 'http://hub.test', sendsToken: true }],
    ...plainNetwork,
    token: undefined,
    tokenFile: '/hf/token',
    force: false,
    offline: false,
    retries: 2,
    retryForMs: 0,
    stallTimeoutMs: 30_000,
    headersTimeoutMs: 30_000,
    etagTimeoutMs: 10_000,
    concurrency: 4,
    limitRate: undefined,
    yes: false,
    graceMs: 3_600_000,
    maxSize: undefined,
    olderThanMs: undefined,
    maxRepoSize: undefined,
    maxTotal: undefined,
    reserve: undefined,
    keepRevisions: undefined,
    log: undefined,
    framework: 'all',
    sizeGuard: 50e9,
    symlinks: true,
    locked: false,
    frozen: false,
    quiet: false,
    verbose: false,
    json: false,
    progress: 'none',
    ...overrides,
  };
}

export interface RecordedContext extends OperationContext {
  readonly events: HubEvent[];
  readonly controller: AbortController;
}

export function contextWith(settings: Settings): RecordedContext {
  const events: HubEvent[] = [];
  const controller = new AbortController();
  return { settings, events, controller, signal: controller.signal, tell: (event) => events.push(event) };
}

export function listed(path: string, bytes: Uint8Array): ListedFile {
  const digest = sha256Of(bytes);
  return { path, size: bytes.byteLength, digest, gitOid: digest.hex.slice(0, 40) };
}

/** A hub of which each test says what it answers; whatever it says nothing about is not to be asked. */
export function fakeHub(answers: Partial<HubClient> & { sources?: Record<string, Source> } = {}): HubClient {
  const unasked = (what: string) => () => Promise.reject(new Error(`nobody should have asked for ${what}`));
  return {
    resolveRevision: unasked('a revision'),
    listTree: unasked('a listing'),
    repoInfo: unasked('what is said of a repo'),
    listRefs: unasked('refs'),
    searchRepos: unasked('a search'),
    whoAmI: unasked('whose token this is'),
    source: (_repo, _commit, { path }) => {
      const source = answers.sources?.[path];
      if (source === undefined) throw new Error(`nobody should have asked for ${path}`);
      return source;
    },
    backoff: (what) =>
      new Backoff({
        what,
        retries: 2,
        contact: { answered: true },
        tell: () => undefined,
        clock: systemClock,
        random: () => 0,
      }),
    droppedEndpoints: () => [],
    close: () => Promise.resolve(),
    ...answers,
  };
}
