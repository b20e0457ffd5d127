import { existsSync } from 'node:fs';
import { UsageError } from '../../../errors.js';
import { editConfig } from '../../../operations/edit-config.js';
import { setKey, settingOf, unsetKey } from '../../../settings/config-text.js';
import { describeSettings, type DescribedSetting } from '../../../settings/describe.js';
import type { Answer, Session } from '../../cli.js';
import { escapeControl } from '../../text.js';

/** A setting's value, as it could be set again. */
export function answerGet(key: string, session: Session): Promise<Answer> {
  const { keys } = settingOf(key);
  const names = keys.includes('proxy') ? ['http_proxy', 'https_proxy'] : keys;
  const described = describeSettings(session).filter(({ name }) => names.includes(name));
  const given = described.find(({ text }) => text.length > 0) ?? described[0];
  const document = { key, value: given?.value ?? null, origin: given?.origin };
  return Promise.resolve({
    document,
    text: given === undefined || given.text.length === 0 ? undefined : given.text.join('\n'),
  });
}

/** Sets a key in the config file. */
export async function answerSet(key: string, words: readonly string[], session: Session): Promise<Answer> {
  const { configPath } = session;
  if (key === 'token') {
    throw new UsageError(
      'a token on the command line can be seen by others on this machine, and stays in its history',
      {
        hint: 'Write it into a file that only you can read, and name that: hub config set token-file <file>',
      },
    );
  }
  await editConfig(configPath, (text) => setKey(text, key, words));
  tellOverride(key, session);
  return { document: { configPath, key }, text: undefined, summary: [`${key} is set in ${escapeControl(configPath)}`] };
}

/** Takes a key out of the config file. */
export async function answerUnset(key: string, { configPath }: Session): Promise<Answer> {
  const changed = await editConfig(configPath, (text) => unsetKey(text, key));
  const summary = changed
    ? [`${key} is out of ${escapeControl(configPath)}`]
    : [`${key} was not set in ${escapeControl(configPath)}`];
  return { document: { configPath, key, changed }, text: undefined, summary };
}

/** Where the config file is. */
export function answerConfigPath({ configPath }: Session): Promise<Answer> {
  return Promise.resolve({ document: { configPath, exists: existsSync(configPath) }, text: configPath });
}

/** What is in the file does not count while the environment says something else. */
export function tellOverride(key: string, session: Session): void {
  const { keys } = settingOf(key);
  const overriding = describeSettings(session).find(isOverriding(keys));
  if (overriding === undefined) return;
  const message = `${overriding.origin.name} is set in the environment, and counts more than the config file`;
  session.tell({ type: 'warning', code: 'setting-overridden', message });
}

function isOverriding(keys: readonly string[]): (setting: DescribedSetting) => boolean {
  return ({ name, origin }) => keys.includes(name) && origin.kind === 'environment';
}
