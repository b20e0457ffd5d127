import { ExitCode, HubError } from '../errors.js';

const shownPaths = 5;

/** Files in a local folder that are the user's, and not what the repo has: they stay. */
export class LocalFilesKept extends HubError {
  readonly code = 'local-files-kept';
  readonly exitCode = ExitCode.differs;

  constructor(dir: string, paths: readonly string[]) {
    const shown = paths.slice(0, shownPaths).join(', ');
    const more = paths.length > shownPaths ? ` and ${String(paths.length - shownPaths)} more` : '';
    const what =
      paths.length === 1 ? '1 file of yours that differs' : `${String(paths.length)} files of yours that differ`;
    super(`${dir}: kept ${what} from the repo's: ${shown}${more}`, {
      hint: 'To replace them: "hub download" into that folder with their paths and --force (with --force alone, all files are fetched anew).',
    });
  }
}
