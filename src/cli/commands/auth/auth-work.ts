import { logIn, logOut, whoAmI } from '../../../operations/auth.js';
import { readToken } from '../../../settings/token.js';
import type { Answer, Session } from '../../cli.js';
import { escapeControl } from '../../text.js';

/** Reads a token, has the hub judge it, and stores it. */
export async function answerLogin(session: Session): Promise<Answer> {
  const [endpoint] = session.settings.endpoints;
  const page = `${endpoint?.url ?? ''}/settings/tokens`;
  const typed = await session.readSecret(`Access token (from ${page}; it is not shown): `);
  const user = await logIn(readToken(typed), session);
  const { tokenFile } = session.settings;
  tellOverride(session);
  return {
    document: { ...user, tokenFile },
    text: user.name,
    summary: [`logged in at ${endpoint?.url ?? ''}; the token is in ${escapeControl(tokenFile)}`],
  };
}

/** Removes the stored token. */
export async function answerLogout(session: Session): Promise<Answer> {
  const { tokenFile } = session.settings;
  const removed = await logOut(session);
  tellOverride(session);
  const summary = [
    removed ? `${escapeControl(tokenFile)} is removed` : `there was no token in ${escapeControl(tokenFile)}`,
  ];
  return { document: { tokenFile, removed }, text: undefined, summary };
}

/** Whose token is in use. */
export async function answerWhoami(session: Session): Promise<Answer> {
  const user = await whoAmI(session);
  const origin = session.origins.token;
  const organisations = user.organisations.map(escapeControl).join(', ');
  const lines = [escapeControl(user.name), ...(organisations === '' ? [] : [`organisations: ${organisations}`])];
  return { document: { ...user, origin }, text: lines.join('\n') };
}

/** The stored token does not count while another one is given. */
function tellOverride({ origins: { token }, tell }: Session): void {
  if (token.kind !== 'environment') return;
  const message = `${token.name} is set in the environment, and counts more than the stored token`;
  tell({ type: 'warning', code: 'setting-overridden', message });
}
