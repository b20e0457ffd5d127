import { parseDocument, patch } from '@decimalturn/toml-patch';
import { UsageError } from '../errors.js';
import { nearest } from '../repo/nearest.js';
import { maskSecrets } from './problems.js';
import { keyOf, table, type Setting } from './table.js';

type ConfigValue = string | number | boolean | readonly string[];

/**
 * Sets a key in the text of a config file, which must be TOML. All else stays as the user wrote it, comments too.
 *
 * @param words  as typed; several, or those of a key in the plural, make a list
 * @throws UsageError  an unknown key, or a value that it can't have
 */
export function setKey(text: string, key: string, words: readonly string[]): string {
  const { setting, keys } = settingOf(key);
  const value = readValue(words, { key, setting });
  // `endpoint` and `endpoints` are one setting.
  const cleared = keys.filter((it) => it !== key).reduce(dropKey, text);
  const values = parseDocument(cleared).toJsObject as Record<string, unknown>;
  const patched = patch(cleared, { ...values, [key]: value }, { bracketSpacing: false });
  return patched.endsWith('\n') ? patched : `${patched}\n`;
}

/**
 * Takes a setting out of the text of a config file, by whichever of its keys it stands there. Comments of lines of their
 * own stay.
 *
 * @throws UsageError  a key that is neither known nor in the text
 */
export function unsetKey(text: string, key: string): string {
  const cleared = dropKey(text, key);
  return cleared === text ? settingOf(key).keys.reduce(dropKey, text) : cleared;
}

/** Without the lines that a key and its value take. */
function dropKey(text: string, key: string): string {
  const block = parseDocument(text).cst.find(
    (it) => 'key' in it && 'value' in it.key && it.key.value.join('.') === key,
  );
  if (block === undefined) return text;
  const lines = text.split(/(?<=\n)/);
  return [...lines.slice(0, block.loc.start.line - 1), ...lines.slice(block.loc.end.line)].join('');
}

/** All keys that a config file may have. */
export function configKeys(): string[] {
  return (Object.keys(table) as (keyof typeof table)[]).flatMap((name) => keysOf(name));
}

/** A key of the config file, as `keyOf` makes it or in the plural. @throws UsageError */
export function settingOf(key: string): {
  readonly setting: Setting<unknown>;
  readonly keys: readonly string[];
} {
  const names = Object.keys(table) as (keyof typeof table)[];
  const name = names.find((it) => keysOf(it).includes(key));
  if (name !== undefined) return { setting: table[name], keys: keysOf(name) };
  const [meant] = nearest(key.replaceAll('_', '-'), names.map(keyOf));
  throw new UsageError(`there is no setting "${key}"`, {
    hint: meant === undefined ? '"hub env" shows all settings.' : `Did you mean "${meant}"?`,
  });
}

function keysOf(name: keyof typeof table): readonly string[] {
  const { alsoKey }: Setting<unknown> = table[name];
  return alsoKey === undefined ? [keyOf(name)] : [keyOf(name), alsoKey];
}

/** As the type that the key asks for: a number stays a number in the file. */
function readValue(
  words: readonly string[],
  { key, setting }: { key: string; setting: Setting<unknown> },
): ConfigValue {
  const [word = ''] = words;
  const asList = words.length > 1 || key === setting.alsoKey;
  const asNumber = /^(0|[1-9]\d{0,14})$/.test(word) ? [Number(word)] : [];
  const asSwitch = word === 'true' || word === 'false' ? [word === 'true'] : [];
  const candidates: ConfigValue[] = asList ? [words] : [...asNumber, ...asSwitch, word];
  const fitting = candidates.find((candidate) => setting.schema.safeParse(candidate).success);
  if (fitting !== undefined) return fitting;
  const allowed = setting.schema.safeParse(asList ? words : word).error?.issues[0]?.message ?? 'allowed';
  const shown = setting.secret === true ? 'the value' : maskSecrets(asList ? words : word);
  throw new UsageError(`${key}: ${shown} is not ${allowed}`);
}
