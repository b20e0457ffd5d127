import { z } from 'zod';
import { loginSchema, logoutSchema, whoamiSchema } from './account.js';
import { exportSchema, importSchema } from './cache-moves.js';
import {
  cacheLsSchema,
  cachePathSchema,
  dedupeSchema,
  removalSchema,
  verifyLocalSchema,
  verifySchema,
} from './cache-tending.js';
import { downloadExample, downloadSchema, dryRunSchema } from './download.js';
import { doctorSchema } from './doctor.js';
import { failure } from './failure.js';
import { schema } from './field.js';
import { mirrorSchema } from './mirror.js';
import { lockCheckSchema, lockSchema } from './lock.js';
import { infoSchema, lsSchema, searchSchema } from './on-the-hub.js';
import { addSchema, syncSchema } from './project.js';
import {
  completionSchema,
  configGetSchema,
  configInitSchema,
  configPathSchema,
  configSetSchema,
  configUnsetSchema,
  envSchema,
} from './settings.js';

/** What some commands print with `--json`. */
interface JsonDocument {
  /** As docs/json.md heads it, without `hub`. */
  readonly commands: readonly string[];
  readonly schema: z.ZodObject;
  /** Markdown above the tables. */
  readonly before?: string;
  readonly example?: unknown;
}

/** Every document, in the order of docs/json.md. A command with a new one gets a line here, and nothing else is to do. */
export const documents: readonly JsonDocument[] = [
  { commands: ['download'], schema: downloadSchema, example: downloadExample },
  { commands: ['download --dry-run'], schema: dryRunSchema },
  {
    commands: ['mirror'],
    schema: mirrorSchema,
    before:
      'The report is on stdout whatever the exit code; where not all repos are whole, `error` and `continue` follow. With `--dry-run` the states are those that a run would come to.',
  },
  { commands: ['add'], schema: addSchema },
  { commands: ['sync'], schema: syncSchema },
  { commands: ['ls'], schema: lsSchema },
  { commands: ['info'], schema: infoSchema, before: 'What is null, the hub does not say.' },
  { commands: ['search'], schema: searchSchema, before: 'What is null, the hub does not say.' },
  {
    commands: ['lock'],
    schema: lockSchema,
    before: 'Where only some of the entries could be locked, the document has `error` and `continue` besides.',
  },
  {
    commands: ['lock --check'],
    schema: lockCheckSchema,
    before: 'The report is on stdout whatever the exit code; where the two do not fit, `error` and `continue` follow.',
  },
  { commands: ['cache ls'], schema: cacheLsSchema },
  { commands: ['cache path'], schema: cachePathSchema },
  {
    commands: ['cache verify'],
    schema: verifySchema,
    before: 'The report is on stdout whatever the exit code; where files are bad, `error` and `continue` follow.',
  },
  { commands: ['cache verify --local-dir'], schema: verifyLocalSchema },
  { commands: ['cache export'], schema: exportSchema },
  { commands: ['cache import'], schema: importSchema },
  { commands: ['cache dedupe'], schema: dedupeSchema },
  { commands: ['cache rm', 'cache prune', 'cache gc'], schema: removalSchema },
  {
    commands: ['doctor'],
    schema: doctorSchema,
    before:
      'The report is on stdout whatever the exit code; its own `error` is that of the first check that failed, and `continue` follows.',
  },
  { commands: ['env'], schema: envSchema },
  { commands: ['auth login'], schema: loginSchema },
  { commands: ['auth whoami'], schema: whoamiSchema },
  { commands: ['auth logout'], schema: logoutSchema },
  { commands: ['completion'], schema: completionSchema },
  { commands: ['config get'], schema: configGetSchema },
  { commands: ['config set'], schema: configSetSchema },
  { commands: ['config unset'], schema: configUnsetSchema },
  { commands: ['config path'], schema: configPathSchema },
  { commands: ['config init'], schema: configInitSchema },
];

/** Of a run that failed before anything was known. */
export const failedEarly = z.strictObject({ schema, ...failure });
