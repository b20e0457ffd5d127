import { isSea } from 'node:sea';
import { UsageError } from '../../errors.js';
import { examineAll } from '../../operations/doctor/doctor.js';
import type { Finding } from '../../operations/doctor/finding.js';
import type { Answer, Session } from '../cli.js';
import { errorDocument } from '../documents.js';
import { doctorReport } from '../report/doctor-report.js';
import { type RepoFlags, namedRepo } from './named-repo.js';
import { type ParsedFlags, flagWarnings } from './setting-options.js';

export interface DoctorFlags extends ParsedFlags, RepoFlags {}

/** Looks at everything. The report is the result, whatever the exit code is. */
export async function answerDoctor(
  { text, flags }: { text: string | undefined; flags: DoctorFlags },
  session: Session,
): Promise<Answer> {
  for (const warning of flagWarnings(flags)) session.tell(warning);
  const asked = text === undefined ? undefined : askedRepo(text, flags, session);
  const began = performance.now();
  // A single executable has there what was typed.
  const file = isSea() ? process.execPath : (process.argv[1] ?? '');
  const program = { searchPath: process.env['PATH'] ?? '', file };
  const { complete, findings, failure } = await examineAll({ program, asked }, session);
  const seconds = Math.round((performance.now() - began) / 10) / 100;
  const document = { ok: failure === undefined, complete, checks: findings.map(checkDocument), seconds };
  return {
    document,
    text: doctorReport(findings, { complete, columns: session.columns }),
    ...(failure === undefined ? {} : { failure }),
  };
}

function askedRepo(text: string, flags: DoctorFlags, { settings }: Session) {
  const { repo, revision = 'main', path } = namedRepo(text, flags, settings.endpoints);
  if (path !== undefined) throw new UsageError(`"${text}" names a file`, { hint: 'Name the repo alone.' });
  return { repo, revision };
}

function checkDocument({ error, ...finding }: Finding): object {
  return { ...finding, ...(error === undefined ? {} : { error: errorDocument(error) }) };
}
