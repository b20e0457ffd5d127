import { addToManifest, type AddRequest } from '../../operations/add-to-manifest.js';
import { namedByDataset } from '../../repo/dataset-choice.js';
import { repoPath } from '../../repo/reference.js';
import { namedFolder } from '../../settings/paths.js';
import type { Settings } from '../../settings/settings.js';
import type { Answer, Session } from '../cli.js';
import { escapeControl } from '../text.js';
import { type FilterFlags, type RepoFlags, type WeightsFlags, frameworkWarnings, namedModel } from './named-repo.js';
import type { ParsedFlags } from './setting-options.js';

export interface AddFlags extends ParsedFlags, RepoFlags, FilterFlags, WeightsFlags {
  readonly subset?: readonly string[];
  readonly split?: readonly string[];
  readonly parquet?: true;
  readonly localDir?: string;
}

/** `hub add`, as it was parsed. */
export interface AddWords {
  /** What the user called the repo. */
  readonly text: string;
  readonly paths: readonly string[];
  readonly flags: AddFlags;
}

/** Adds an entry to the project's hub.toml. */
export async function answerAdd(words: AddWords, { settings, tell }: Session): Promise<Answer> {
  const request = requestFrom(words, settings, tell);
  const result = await addToManifest(request, { folder: process.cwd(), tell });
  const { source } = request;
  const shown = escapeControl(result.manifest);
  const summary = result.added
    ? `added to ${shown}: ${source}`
    : `nothing to add: ${shown} has this entry of ${source}`;
  return { document: result, text: result.manifest, summary: [summary] };
}

/** Only what the user said, in the words that the command line has for it: what is left out may be a default some day. */
function requestFrom({ text, paths, flags }: AddWords, settings: Settings, tell: Session['tell']): AddRequest {
  const { include, exclude, variant, subset, split, parquet, localDir } = flags;
  const { repo, revision, path, weights } = namedModel(text, { ...flags, ...namedByDataset(flags) }, settings);
  for (const warning of frameworkWarnings(flags, repo)) tell(warning);
  const hasFramework = flags.framework !== undefined && repo.type === 'model';
  return {
    source: `hf:${repoPath(repo)}`,
    // The parquet branch is a revision that nobody need write down.
    revision: parquet === true ? undefined : revision,
    paths: path === undefined ? [...paths] : [path, ...paths],
    include: include && [...include],
    exclude: exclude && [...exclude],
    framework: hasFramework ? settings.framework : undefined,
    variant,
    quant: weights?.quant,
    subset: subset && [...subset],
    split: split && [...split],
    parquet,
    ...(localDir === undefined ? {} : { localDir: namedFolder(localDir) }),
  };
}
