import { z } from 'zod';
import { schema, settingOrigin } from './field.js';

const user = {
  name: z.string().describe('of the user'),
  type: z.string().nullable().describe('`user`, or what else the hub calls it'),
  organisations: z.array(z.string()).describe('their names'),
  endpoint: z.string().describe('the hub that was asked'),
};

export const loginSchema = z.strictObject({
  schema,
  ...user,
  tokenFile: z.string().describe('where the token is stored'),
});

export const whoamiSchema = z.strictObject({ schema, ...user, origin: settingOrigin.describe('of the token') });

export const logoutSchema = z.strictObject({
  schema,
  tokenFile: z.string().describe('where a stored token is'),
  removed: z.boolean().describe('there was one'),
});
