import { UsageError } from '../../errors.js';
import type { HubEvent } from '../../events.js';
import { faultOfName } from '../../repo/names.js';
import { takeQuantSuffix } from '../../repo/quant-suffix.js';
import { type RepoId, type RepoReference, type RepoType, parseRepoReference } from '../../repo/reference.js';
import { type WeightsChoice, readWeightsChoice } from '../../repo/weights-choice.js';
import type { Settings } from '../../settings/settings.js';

/** The flags of `typeOption` and `revisionOption`. */
export interface RepoFlags {
  readonly type?: RepoType;
  readonly revision?: string;
}

/** Those of `addFilterOptions`. */
export interface FilterFlags {
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
}

/** Those of `addWeightsOptions`. */
export interface WeightsFlags {
  /** Read with the settings, where it may also be set. */
  readonly framework?: string;
  readonly variant?: string;
  readonly quant?: string;
}

/**
 * The repo that a user named, and which of its weights: `org/name:Q4_K_M`.
 *
 * @throws UsageError
 */
export function namedModel(
  text: string,
  flags: RepoFlags & WeightsFlags,
  { endpoints, framework }: Settings,
): RepoReference & { readonly weights?: WeightsChoice } {
  const { text: name, quant: quantOfName } = takeQuantSuffix(text);
  const reference = namedRepo(name, flags, endpoints);
  const { variant, quant } = flags;
  // Which framework a quantisation is for, it tells itself: a setting that was meant for other models does not stand in its way.
  const isSetOnly = flags.framework === undefined && (quant ?? quantOfName) !== undefined;
  const choice = { framework: isSetOnly ? ('all' as const) : framework, variant, quant, quantOfName };
  const weights = readWeightsChoice(choice, reference.repo.type);
  return { ...reference, ...(weights === undefined ? {} : { weights }) };
}

/** A flag that says something of models, of a repo that is none. */
export function frameworkWarnings({ framework }: WeightsFlags, { type }: RepoId): HubEvent[] {
  if (framework === undefined || type === 'model') return [];
  const message = 'no effect: --framework';
  return [{ type: 'warning', code: 'flag-without-effect', message, hint: 'Only models have weights.' }];
}

/** The repo that a user named, by a word and by flags. @throws UsageError */
export function namedRepo(
  text: string,
  { type, revision }: RepoFlags,
  endpoints: Settings['endpoints'],
): RepoReference {
  return parseRepoReference(text, {
    endpoints: endpoints.map(({ url }) => url),
    ...(type === undefined ? {} : { type }),
    ...(revision === undefined ? {} : { revision }),
  });
}

/**
 * The one file that a user named, by a word of its own or with the repo.
 *
 * @param text  what the repo was called
 * @throws UsageError  two of them, or a path that climbs
 */
export function namedFile(file: string | undefined, reference: RepoReference, text: string): string | undefined {
  if (file !== undefined && reference.path !== undefined) {
    throw new UsageError(`"${text}" names a file already`, { hint: 'Name one file.' });
  }
  // As a shell's completion has it.
  const path = (file ?? reference.path)?.replace(/^(\.\/)+/, '');
  const fault = path === undefined ? undefined : faultOfName(path.replace(/\/$/, ''));
  if (fault !== undefined) throw new UsageError(`the path "${path ?? ''}" ${fault}`);
  return path;
}
