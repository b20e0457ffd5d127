import { z } from 'zod';
import { downloadSchema } from './download.js';
import { fileError } from './failure.js';
import { named, schema } from './field.js';

const { files, totals, sources, droppedEndpoints } = downloadSchema.shape;

const syncedRepo = z.strictObject({
  ...named,
  commit: z.string().nullable().describe('that is locked; null where it could not be'),
  path: z.string().describe("the snapshot's folder, or the target folder; empty where nothing could be locked"),
  complete: z.boolean().describe('all that the lock names is in place'),
  files: files.describe('those that the lock names; as in `download`'),
  totals: totals.describe('of this repo'),
  sources,
  pruned: z
    .array(z.string())
    .exactOptional()
    .describe('with `--prune`: what was taken out of the target folder, being wanted no more'),
  error: fileError.exactOptional().describe('why it is not whole'),
});

export const syncSchema = z.strictObject({
  schema,
  lock: z.string().describe('the path of hub.lock'),
  lockChanged: z.boolean().describe('it was made, or made anew'),
  complete: z.boolean().describe('all repos are whole'),
  repos: z.array(syncedRepo).describe("in the lock's order"),
  totals: totals
    .extend({ repos: z.number().describe('in `repos`'), failed: z.number().describe('of these, not whole') })
    .describe('of the run'),
  sources,
  droppedEndpoints,
});
