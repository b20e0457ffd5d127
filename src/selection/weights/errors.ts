import { ExitCode, HubError } from '../../errors.js';

/** The repo has weights, and none for the framework that was named. */
export class NoSuchFramework extends HubError {
  readonly code = 'no-such-framework';
  readonly exitCode = ExitCode.notFound;
}

/** No weights of the repo are of the variant that was named. */
export class NoSuchVariant extends HubError {
  readonly code = 'no-such-variant';
  readonly exitCode = ExitCode.notFound;
}

/** The repo lacks the quantisation or precision that was named. */
export class NoSuchQuant extends HubError {
  readonly code = 'no-such-quant';
  readonly exitCode = ExitCode.notFound;
}

/** The numbering of the weights promises files that the repo doesn't have. */
export class ShardMissing extends HubError {
  readonly code = 'shard-missing';
  readonly exitCode = ExitCode.notFound;

  constructor(
    readonly paths: readonly string[],
    repo: string,
  ) {
    const [first = '', ...others] = paths;
    const more = others.length === 0 ? '' : ` and ${others.length} more`;
    super(`${repo} lacks ${first}${more}: these weights are not complete`, {
      hint: 'Without --framework, --variant and --quant the files that are there are fetched as they are.',
    });
  }
}
