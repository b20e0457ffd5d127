import type * as z from 'zod/mini';
import {
  age,
  ciSwitch,
  duration,
  endpointList,
  endpoints,
  flag,
  folderList,
  folders,
  framework,
  hubSwitch,
  oneEndpoint,
  oneOf,
  proxy,
  size,
  sizeOrShare,
  text,
  transformed,
  wholeNumber,
} from './schemas.js';

/** What can be set, and how. The flag, the config key and the `HUB_` variable follow from the name by rule. */
export interface Setting<Value> {
  readonly schema: z.ZodMiniType<Value>;
  /** Variables of the Hugging Face tools that mean it, the first one set wins. */
  readonly variables?: Readonly<Record<string, z.ZodMiniType<Value>>>;
  /** A further config key. */
  readonly alsoKey?: string;
  /** No message may show it. */
  readonly secret?: boolean;
}

/** All settings that have a flag, by the flag's name in camelCase. docs/settings.md tells their meanings and defaults. */
export const table = {
  cacheDir: {
    schema: text,
    variables: {
      HF_HUB_CACHE: text,
      HUGGINGFACE_HUB_CACHE: text,
      HF_HOME: transformed(text, (home) => `${home}/hub`),
    },
  },
  readCache: { schema: folders, variables: { HUB_READ_CACHES: folderList }, alsoKey: 'read-caches' },
  endpoint: {
    schema: endpoints,
    variables: { HUB_ENDPOINTS: endpointList, HF_ENDPOINT: oneEndpoint },
    alsoKey: 'endpoints',
  },
  proxy: { schema: proxy },
  token: { schema: text, variables: { HF_TOKEN: text, HUGGING_FACE_HUB_TOKEN: text }, secret: true },
  tokenFile: { schema: text, variables: { HF_TOKEN_PATH: text } },
  force: { schema: flag },
  offline: { schema: flag, variables: { HF_HUB_OFFLINE: hubSwitch, TRANSFORMERS_OFFLINE: hubSwitch } },
  retries: { schema: wholeNumber({ min: 0, max: 1000 }) },
  retryFor: { schema: duration({ minMs: 0 }) },
  stallTimeout: { schema: duration({ minMs: 1000 }) },
  concurrency: { schema: wholeNumber({ min: 1, max: 256 }) },
  limitRate: { schema: size({ minBytes: 1000 }) },
  yes: { schema: flag },
  grace: { schema: age },
  maxSize: { schema: sizeOrShare },
  olderThan: { schema: age },
  maxRepoSize: { schema: size({ minBytes: 0 }) },
  maxTotal: { schema: size({ minBytes: 0 }) },
  reserve: { schema: size({ minBytes: 0 }) },
  keepRevisions: { schema: wholeNumber({ min: 1, max: 1000 }) },
  log: { schema: text },
  locked: { schema: flag, variables: { CI: ciSwitch } },
  frozen: { schema: flag },
  framework: { schema: framework },
  sizeGuard: { schema: size({ minBytes: 0 }) },
  quiet: { schema: flag },
  verbose: { schema: flag },
  json: { schema: flag },
  progress: { schema: oneOf(['auto', 'bar', 'plain', 'json', 'none']) },
} as const satisfies Record<string, Setting<unknown>>;

/** `stallTimeout` → `stall-timeout`: the config key and, after `--`, the flag. */
export function keyOf(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** `stallTimeout` → `HUB_STALL_TIMEOUT`. */
export function variableOf(name: string): string {
  return `HUB_${keyOf(name).replaceAll('-', '_').toUpperCase()}`;
}
