import { z } from 'zod';
import { schema, settingOrigin } from './field.js';

const configPath = z.string().describe('of the config file');
const key = z.string().describe('the config key');
const value = z
  .union([z.string(), z.number(), z.boolean(), z.array(z.string())])
  .nullable()
  .describe('sizes in bytes, times in seconds; null: not set. Tokens and passwords are masked');

export const envSchema = z.strictObject({
  schema,
  configPath,
  settings: z
    .record(z.string(), z.strictObject({ value, origin: settingOrigin }))
    .describe('by name: the config key, or the variable of what has none'),
});

export const configGetSchema = z.strictObject({ schema, key, value, origin: settingOrigin });
export const configSetSchema = z.strictObject({ schema, configPath, key });
export const configUnsetSchema = z.strictObject({
  schema,
  configPath,
  key,
  changed: z.boolean().describe('it was there'),
});
export const configPathSchema = z.strictObject({
  schema,
  configPath,
  exists: z.boolean().describe('there is such a file'),
});

export const configInitSchema = z.strictObject({
  schema,
  configPath,
  endpoints: z
    .array(
      z.strictObject({
        endpoint: z.string().describe('its base address'),
        ms: z.number().nullable().describe('to the end of its answer; null: no answer of a hub'),
        reason: z.string().exactOptional().describe('why not'),
      }),
    )
    .describe('those that were tried'),
  changed: z.boolean().describe('the file was written'),
  declined: z.boolean().describe('the questions were not answered: nothing was written'),
});

export const completionSchema = z.strictObject({
  schema,
  shell: z.string().describe('`bash`, `zsh` or `fish`'),
  script: z.string().describe('what stdout has without `--json`'),
});
