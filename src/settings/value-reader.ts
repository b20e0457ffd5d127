import type * as z from 'zod/mini';
import { isSet, type ConfigFile } from './config-file.js';
import { describeOrigin, maskSecrets, type Problems } from './problems.js';
import type { Origin } from './settings.js';
import { keyOf, variableOf, type Setting } from './table.js';

export interface Found<Value> {
  readonly value: Value;
  readonly origin: Origin;
}

export interface ValueSources {
  /** By a setting's name, as commander gives them. */
  readonly flags: Readonly<Record<string, unknown>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly config: ConfigFile;
}

/** Finds each setting where it is given first, and notes those that are given wrong. */
export class ValueReader {
  readonly #sources: ValueSources;
  readonly #problems: Problems;

  constructor(sources: ValueSources, problems: Problems) {
    this.#sources = sources;
    this.#problems = problems;
  }

  /** The flag, our variable, those of the Hugging Face tools, or the config file, in this order. */
  find<Value>(name: string, { schema, variables = {}, alsoKey, secret }: Setting<Value>): Found<Value> | undefined {
    const { flags, config } = this.#sources;
    const key = keyOf(name);
    const raw = flags[name];
    if (raw !== undefined) {
      return this.#parse(schema, raw, { origin: { kind: 'flag', name: `--${key}` }, key, secret });
    }
    for (const [variable, itsSchema] of Object.entries({ [variableOf(name)]: schema, ...variables })) {
      if (this.#isSet(variable)) return this.variable(variable, itsSchema, { secret });
    }
    const givenKey = [key, alsoKey].find((it) => it !== undefined && Object.hasOwn(config.values, it));
    if (givenKey === undefined) return undefined;
    const origin = { kind: 'file', name: config.path } as const;
    return this.#parse(schema, config.values[givenKey], { origin, key: givenKey, secret });
  }

  /** Like `find`, with a value where nothing or something wrong is given. */
  findOr<Value>(name: string, setting: Setting<Value>, fallback: Value): Found<Value> {
    return this.find(name, setting) ?? { value: fallback, origin: defaultOrigin };
  }

  /** What the config file says, whatever is said elsewhere; undefined also where it is wrong, which `find` tells. */
  inConfigFile<Value>(name: string, { schema, alsoKey }: Setting<Value>): Value | undefined {
    const { values } = this.#sources.config;
    const key = [keyOf(name), alsoKey].find((it) => it !== undefined && Object.hasOwn(values, it));
    const parsed = key === undefined ? undefined : schema.safeParse(values[key]);
    return parsed?.success === true ? parsed.data : undefined;
  }

  /** A variable alone, for what has no flag. */
  variable<Value>(
    name: string,
    schema: z.ZodMiniType<Value>,
    { secret }: { secret?: boolean | undefined } = {},
  ): Found<Value> | undefined {
    if (!this.#isSet(name)) return undefined;
    const origin = { kind: 'environment', name } as const;
    return this.#parse(schema, this.#sources.environment[name], { origin, key: name, secret });
  }

  #isSet(variable: string): boolean {
    return isSet(this.#sources.environment[variable]);
  }

  #parse<Value>(
    schema: z.ZodMiniType<Value>,
    raw: unknown,
    { origin, key, secret }: { origin: Origin; key: string; secret: boolean | undefined },
  ): Found<Value> | undefined {
    const parsed = schema.safeParse(raw);
    if (parsed.success) return { value: parsed.data, origin };
    const shown = secret === true ? 'the value' : maskSecrets(raw);
    this.#problems.add(
      `${describeOrigin(origin, key)}: ${shown} is not ${parsed.error.issues[0]?.message ?? 'allowed'}`,
    );
    return undefined;
  }
}

export const defaultOrigin: Origin = { kind: 'default', name: '' };
