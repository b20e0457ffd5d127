import { rm } from 'node:fs/promises';
import { onDisk } from '../cache/disk-errors.js';
import { ExitCode, HubError, UsageError } from '../errors.js';
import { isMissing } from '../settings/config-file.js';
import type { Settings } from '../settings/settings.js';
import type { OperationContext } from './context.js';
import { HubConnection } from './hub-connection.js';
import { NotCached } from './lookup.js';
import { replaceFile } from './replace-file.js';

/** Somebody whom a hub knows by a token: the document of `hub auth`, but for its `schema`. */
export interface KnownUser {
  name: string;
  /** `user`, or what else the hub calls it. */
  type: string | null;
  organisations: string[];
  /** Of the hub that was asked. */
  endpoint: string;
}

/** Nobody has given a token. */
class NoToken extends HubError {
  readonly code = 'no-token';
  readonly exitCode = ExitCode.access;
}

/** Asks the first endpoint whose token is in use. @throws NoToken, BadToken, HubUnreachable … */
export async function whoAmI(context: OperationContext): Promise<KnownUser> {
  const { settings, signal } = context;
  const [endpoint] = settings.endpoints;
  if (settings.offline) throw new NotCached('only a hub can tell whose token this is');
  if (settings.token === undefined) {
    throw new NoToken('there is no token', { hint: 'Log in (hub auth login), or set HF_TOKEN.' });
  }
  const connection = new HubConnection(context);
  try {
    const { name, type, orgs } = await (await connection.client()).whoAmI({ signal });
    return { name, type: type ?? null, organisations: orgs.map((org) => org.name), endpoint: endpoint?.url ?? '' };
  } finally {
    await connection.close();
  }
}

/**
 * Stores a token where the Hugging Face tools read it, once the hub has accepted it: for its owner alone.
 *
 * @throws UsageError  no token
 * @throws BadToken  nothing is stored then; and what else `whoAmI` throws
 */
export async function logIn(token: string | undefined, context: OperationContext): Promise<KnownUser> {
  if (token === undefined) throw new UsageError('there is no token in what was given');
  const settings: Settings = { ...context.settings, token };
  const user = await whoAmI({ ...context, settings });
  await onDisk(settings.tokenFile, () => replaceFile(settings.tokenFile, token, { mode: 0o600 }));
  return user;
}

/** Removes the stored token. @returns whether there was one @throws DiskError */
export async function logOut({ settings: { tokenFile } }: OperationContext): Promise<boolean> {
  return onDisk(tokenFile, async () => {
    try {
      await rm(tokenFile);
      return true;
    } catch (error) {
      if (isMissing(error)) return false;
      throw error;
    }
  });
}
