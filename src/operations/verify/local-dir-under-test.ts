import { VerifiedRecord } from '../../cache/verify/verified.js';
import { ExitCode, HubError } from '../../errors.js';
import type { Standing } from '../../local-dir/judge.js';
import { type LocalDirLayout, localDirLayout, localPath } from '../../local-dir/layout.js';
import { type RecordedState, judgeRecorded } from '../../local-dir/recorded.js';
import { lookAt } from '../../local-dir/standing.js';
import type { Problem } from '../../retention/verification.js';
import { type RecordedFile, foreignFiles, recordedFiles } from './local-files.js';
import type { RepairOutcome } from './result.js';

/** A folder into which neither we nor Python's tools have put a file. */
class NothingRecorded extends HubError {
  readonly code = 'nothing-recorded';
  readonly exitCode = ExitCode.notFound;
}

/** A file on record, and what was found of it. */
export interface TestedFile {
  readonly file: RecordedFile;
  readonly location: string;
  readonly standing: Standing;
  readonly state: RecordedState;
}

/** What is known of a local folder so far. */
export interface LocalDirUnderTest {
  readonly layout: LocalDirLayout;
  readonly record: VerifiedRecord;
  readonly tested: readonly TestedFile[];
  readonly problems: Map<Problem, TestedFile | undefined>;
  readonly outcomes: Map<Problem, RepairOutcome>;
  right: number;
  skipped: number;
}

/** Finds out what is to be read of a local folder. Reads records alone. @throws NothingRecorded */
export async function putLocalDirUnderTest(localDir: string, cacheDir: string): Promise<LocalDirUnderTest> {
  const layout = localDirLayout(localDir);
  const files = recordedFiles(layout);
  if (files.length === 0) {
    throw new NothingRecorded(`${localDir}: neither hub nor huggingface_hub has a file there on record`, {
      hint: 'Name the folder that was given to --local-dir (it has a .cache/huggingface).',
    });
  }
  const tested = files.map((file): TestedFile => {
    const location = localPath(layout, file.path);
    const standing = lookAt(location, cacheDir);
    return { file, location, standing, state: judgeRecorded(standing, file) };
  });
  const foreign = foreignFiles(layout, new Set(files.map(({ path }) => path)));
  return {
    layout,
    record: await VerifiedRecord.read({ root: localDir, verified: layout.verified }),
    tested,
    problems: new Map(foreign.map((problem) => [problem, undefined])),
    outcomes: new Map(),
    right: 0,
    skipped: 0,
  };
}
