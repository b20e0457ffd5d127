import { describe, expectTypeOf, test } from 'vitest';
import type { z } from 'zod';
import type { ErrorDocument } from '../../src/cli/documents.js';
import type { HubEvent, MirrorProgress, Progress } from '../../src/events.js';
import type { AddResult } from '../../src/operations/add-to-manifest.js';
import type { KnownUser } from '../../src/operations/auth.js';
import type { CachePath } from '../../src/operations/cache-path.js';
import type { DedupeResult } from '../../src/operations/dedupe.js';
import type { DownloadPlanResult, DownloadResult } from '../../src/operations/download-result.js';
import type { ExportResult } from '../../src/operations/export-bundle.js';
import type { ImportResult } from '../../src/operations/import/import-result.js';
import type { CacheListing } from '../../src/operations/list-cache.js';
import type { FileListing } from '../../src/operations/list-files.js';
import type { MirrorResult } from '../../src/operations/mirror/result.js';
import type { LockCheck } from '../../src/operations/lock/check-lock.js';
import type { LockResult } from '../../src/operations/lock/lock-result.js';
import type { RemovalResult } from '../../src/operations/removal-result.js';
import type { RepoDescription } from '../../src/operations/repo-info.js';
import type { SearchResult } from '../../src/operations/search-repos.js';
import type { SyncResult } from '../../src/operations/sync/result.js';
import type { LocalVerifyResult, VerifyResult } from '../../src/operations/verify/result.js';
import type { Origin } from '../../src/settings/settings.js';
import type { loginSchema, whoamiSchema } from './account.js';
import type { exportSchema, importSchema } from './cache-moves.js';
import type {
  cacheLsSchema,
  cachePathSchema,
  dedupeSchema,
  removalSchema,
  verifyLocalSchema,
  verifySchema,
} from './cache-tending.js';
import type { downloadSchema, dryRunSchema } from './download.js';
import type { mirrorProgress, progress, told } from './events.js';
import type { error } from './failure.js';
import type { mirrorSchema } from './mirror.js';
import type { lockCheckSchema, lockSchema } from './lock.js';
import type { infoSchema, lsSchema, searchSchema } from './on-the-hub.js';
import type { addSchema, syncSchema } from './project.js';

/** Without `readonly`, of which JSON knows nothing; a union, or what is intersected, as one type. */
type Plain<T> = T extends readonly (infer Element)[]
  ? Plain<Element>[]
  : T extends object
    ? { -readonly [Key in keyof T]: Plain<T[Key]> }
    : T;

/** What an operation gives, printed. */
type Printed<Result> = Plain<{ schema: 1 } & Result>;
type Documented<Schema extends z.ZodType> = Plain<z.infer<Schema>>;

/** These fail at `npm run typecheck`, where a result has a field that its document lacks, or the other way round. */
describe('the schemas agree with the types of the results', () => {
  test('of operations', () => {
    expectTypeOf<Documented<typeof downloadSchema>>().toEqualTypeOf<Printed<DownloadResult>>();
    expectTypeOf<Documented<typeof dryRunSchema>>().toEqualTypeOf<Printed<DownloadPlanResult>>();
    expectTypeOf<Documented<typeof mirrorSchema>>().toEqualTypeOf<Printed<MirrorResult>>();
    expectTypeOf<Documented<typeof addSchema>>().toEqualTypeOf<Printed<AddResult>>();
    expectTypeOf<Documented<typeof syncSchema>>().toEqualTypeOf<Printed<SyncResult>>();
    expectTypeOf<Documented<typeof lsSchema>>().toEqualTypeOf<Printed<FileListing>>();
    expectTypeOf<Documented<typeof infoSchema>>().toEqualTypeOf<Printed<RepoDescription>>();
    expectTypeOf<Documented<typeof searchSchema>>().toEqualTypeOf<Printed<SearchResult>>();
    expectTypeOf<Documented<typeof lockSchema>>().toEqualTypeOf<Printed<LockResult>>();
    expectTypeOf<Documented<typeof lockCheckSchema>>().toEqualTypeOf<Printed<LockCheck>>();
    expectTypeOf<Documented<typeof cacheLsSchema>>().toEqualTypeOf<Printed<CacheListing>>();
    expectTypeOf<Documented<typeof cachePathSchema>>().toEqualTypeOf<Printed<CachePath>>();
    expectTypeOf<Documented<typeof verifySchema>>().toEqualTypeOf<Printed<VerifyResult>>();
    expectTypeOf<Documented<typeof verifyLocalSchema>>().toEqualTypeOf<Printed<LocalVerifyResult>>();
    expectTypeOf<Documented<typeof exportSchema>>().toEqualTypeOf<Printed<ExportResult>>();
    expectTypeOf<Documented<typeof importSchema>>().toEqualTypeOf<Printed<ImportResult>>();
    expectTypeOf<Documented<typeof dedupeSchema>>().toEqualTypeOf<Printed<DedupeResult>>();
    expectTypeOf<Documented<typeof removalSchema>>().toEqualTypeOf<Printed<RemovalResult>>();
    expectTypeOf<Documented<typeof loginSchema>>().toEqualTypeOf<Printed<KnownUser & { tokenFile: string }>>();
    expectTypeOf<Documented<typeof whoamiSchema>>().toEqualTypeOf<Printed<KnownUser & { origin: Origin }>>();
  });

  test('of failures and events', () => {
    type Told = Exclude<HubEvent, { type: 'progress' | 'mirror-progress' }>;
    expectTypeOf<Documented<typeof error>>().toEqualTypeOf<Plain<ErrorDocument>>();
    expectTypeOf<Documented<(typeof told)[number]>>().toEqualTypeOf<Plain<Told>>();
    expectTypeOf<Documented<z.ZodObject<typeof progress>>>().toEqualTypeOf<Plain<Progress>>();
    expectTypeOf<Documented<z.ZodObject<typeof mirrorProgress>>>().toEqualTypeOf<Plain<MirrorProgress>>();
  });
});
