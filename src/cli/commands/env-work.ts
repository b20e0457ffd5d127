import { UsageError } from '../../errors.js';
import { describeSettings, type DescribedSetting } from '../../settings/describe.js';
import type { Answer, Session } from '../cli.js';
import { shellQuote } from '../shell.js';
import { escapeControl } from '../text.js';
import type { ParsedFlags } from './setting-options.js';

export interface EnvFlags extends ParsedFlags {
  readonly sh?: true;
}

/** Each setting with its value and origin, or with `--sh` what a shell sets. */
export function answerEnv({ sh }: EnvFlags, session: Session): Promise<Answer> {
  const { settings, configPath } = session;
  if (sh && !settings.offline) {
    throw new UsageError('--sh prints what a machine without a network sets', { hint: 'Add --offline.' });
  }
  const described = describeSettings(session);
  const document = {
    configPath,
    settings: Object.fromEntries(described.map(({ name, value, origin }) => [name, { value, origin }])),
  };
  if (sh) return Promise.resolve({ document, text: exportsFor(settings.cacheDir) });
  const nameWidth = Math.max(...described.map(({ name }) => name.length));
  const lines = described.map((setting) => `${setting.name.padEnd(nameWidth)}  ${valueAndOrigin(setting)}`);
  const text = [...lines, '', `config file: ${escapeControl(configPath)}`].join('\n');
  return Promise.resolve({ document, text, foldIndent: nameWidth + 2 });
}

/** As a POSIX shell reads it: every tool uses this cache, and asks no hub. */
function exportsFor(cacheDir: string): string {
  const variables = {
    HF_HUB_CACHE: cacheDir,
    HF_HUB_OFFLINE: '1',
    TRANSFORMERS_OFFLINE: '1',
    HF_DATASETS_OFFLINE: '1',
  };
  return Object.entries(variables)
    .map(([name, value]) => `export ${name}=${shellQuote(value, 'linux')}`)
    .join('\n');
}

function valueAndOrigin({ text, origin }: DescribedSetting): string {
  const value = text.length === 0 ? '-' : text.map(escapeControl).join(' ');
  const from =
    origin.kind === 'default' ? (origin.name === '' ? 'default' : `default, by ${origin.name}`) : origin.name;
  return `${value}  (${escapeControl(from)})`;
}
