import { join } from 'node:path';
import { type MirrorRequest, type Mirrored, mirror } from '../../../src/operations/mirror/mirror.js';
import type { MirroredRepo } from '../../../src/operations/mirror/result.js';
import type { DownloadRequest } from '../../../src/operations/prepare.js';
import type { Settings } from '../../../src/settings/settings.js';
import type { Hub } from '../../support/hub-server/server.js';
import { type Repo, repoWith } from '../../support/hub-server/repos.js';
import { contextAt } from '../hub-support.js';
import type { RecordedContext } from '../support.js';

export const MB = 1_000_000;

/** `org/r0` and so on, each larger than the next. */
export function someRepos(count: number): Repo[] {
  return Array.from({ length: count }, (_, index) =>
    repoWith({
      id: `org/r${String(index)}`,
      files: {
        'config.json': `{"n":${String(index)}}`,
        'model.bin': { size: 1000 * (count - index), seed: index, lfs: true },
      },
    }),
  );
}

export function requestOf(name: string, fields: Partial<DownloadRequest> = {}): DownloadRequest {
  return { repo: { type: 'model', name }, paths: [], include: [], exclude: [], ...fields };
}

/** A cache, and the same list mirrored into it as often as a test likes. */
export class MirrorUnderTest {
  constructor(
    readonly context: RecordedContext,
    readonly request: MirrorRequest,
  ) {}

  run(fields: Partial<MirrorRequest> = {}): Promise<Mirrored> {
    return mirror({ ...this.request, ...fields }, this.context);
  }

  /** What became of each, by name. */
  async states(fields: Partial<MirrorRequest> = {}): Promise<Record<string, MirroredRepo['state']>> {
    const { result } = await this.run(fields);
    return Object.fromEntries(result.repos.map(({ repo, state }) => [repo, state]));
  }
}

export async function mirrorOf(
  hub: Hub,
  repos: readonly (string | DownloadRequest)[],
  settings: Partial<Settings> = {},
): Promise<MirrorUnderTest> {
  const context = await contextAt(hub, settings);
  return new MirrorUnderTest(context, {
    requests: repos.map((repo) => (typeof repo === 'string' ? requestOf(repo) : repo)),
    authors: { names: [], type: 'model', requestFor: ({ type, name }) => requestOf(name, { repo: { type, name } }) },
    limits: { maxRepoSize: undefined, maxTotal: undefined, reserve: undefined },
    keepRevisions: undefined,
    stateFolder: join(context.settings.cacheDir, '..', `${context.settings.cacheDir.split('/').at(-1) ?? ''}-state`),
  });
}
