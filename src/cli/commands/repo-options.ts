import { Option, type Command } from 'commander';
import { UsageError } from '../../errors.js';
import { repoTypes } from '../../repo/reference.js';

// The flags that say which repo is meant, and which files of it.

export const repoArgument = 'facebook/opt-13b, facebook/opt-13b@v1.0, datasets/org/name, hf://… or a page address';

export function typeOption(types: readonly string[] = repoTypes): Option {
  return new Option('-t, --type <type>', 'repo type (also --repo-type)').choices(types);
}

export function revisionOption(): Option {
  return new Option('-r, --revision <rev>', 'branch, tag, commit or refs/pr/N');
}

export function addFilterOptions(command: Command): Command {
  return command
    .addOption(globOption('-i, --include <glob>', 'only these; repeatable, one glob each (also --allow)'))
    .addOption(globOption('-x, --exclude <glob>', 'not these; repeatable, one glob each; wins (also --ignore)'));
}

/** Of a model, which of its weights. */
export function addWeightsOptions(command: Command): Command {
  return command
    .option(
      '--framework <name>',
      'only weights for safetensors, pytorch, tensorflow, flax, onnx or gguf; auto: the best',
    )
    .option('--variant <name>', 'of weights in several variants this one: fp16')
    .option('--quant <name>', 'of several quantisations this one: Q4_K_M (also repo:Q4_K_M)');
}

/** Of a dataset, which of its parts. */
export function addDatasetOptions(command: Command): Command {
  return command
    .addOption(nameOption('--subset <config>', 'only this subset ("configuration") of a dataset; repeatable'))
    .addOption(nameOption('--split <name>', 'only this split of a dataset; repeatable'))
    .option('--parquet', "a dataset's parquet copy: the branch refs/convert/parquet");
}

function nameOption(flags: string, description: string): Option {
  return new Option(flags, description).argParser((name: string, previous: string[] | undefined) => [
    ...(previous ?? []),
    name,
  ]);
}

/** One value each time: a flag that took several would swallow the repo. */
function globOption(flags: string, description: string): Option {
  return new Option(flags, description).argParser((glob: string, previous: string[] | undefined) => {
    if (/^\d+$/.test(glob)) {
      throw new UsageError(`${flags.slice(0, 2)} takes a glob, not the number ${glob}`, {
        hint: `For the number of connections: --concurrency ${glob}`,
      });
    }
    return [...(previous ?? []), glob];
  });
}
