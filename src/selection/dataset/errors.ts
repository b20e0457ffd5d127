import { ExitCode, HubError } from '../../errors.js';

/** The card, or what it names, is such that Python's `datasets` could not read the dataset either. */
export class DatasetUnreadable extends HubError {
  readonly code = 'dataset-unreadable';
  readonly exitCode = ExitCode.notFound;

  constructor(message: string) {
    super(message, { hint: 'Name files instead: paths, --include and --exclude need no card.' });
  }
}

/** The dataset is made by a Python script, which is not run. */
export class DatasetIsScript extends HubError {
  readonly code = 'dataset-script';
  readonly exitCode = ExitCode.notFound;

  constructor(script: string) {
    super(`the dataset is defined by a script (${script}), which this program does not run`, {
      hint:
        'Its parquet copy may exist: add --parquet. ' +
        'Or download the repo without --subset and --split, and run the script yourself.',
    });
  }
}

/** A subset that the dataset does not have. */
export class SubsetNotFound extends HubError {
  readonly code = 'subset-not-found';
  readonly exitCode = ExitCode.notFound;
}

/** A split that the subset does not have. */
export class SplitNotFound extends HubError {
  readonly code = 'split-not-found';
  readonly exitCode = ExitCode.notFound;
}

/** A split was asked for, there are several subsets, and none of them is the default. */
export class SubsetNotChosen extends HubError {
  readonly code = 'subset-not-chosen';
  readonly exitCode = ExitCode.usage;
}
