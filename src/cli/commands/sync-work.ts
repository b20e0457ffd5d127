import { HubError, UsageError } from '../../errors.js';
import { SyncFailed, type SyncResult } from '../../operations/sync/result.js';
import { sync } from '../../operations/sync/sync.js';
import { appendToFile } from '../../operations/append-to-file.js';
import { namedFolder } from '../../settings/paths.js';
import type { Answer, FailureReport, Session } from '../cli.js';
import { failedSyncLines, syncMarkdown, syncSummary } from '../report/sync-report.js';
import { flagWarnings, type ParsedFlags } from './setting-options.js';

export interface SyncFlags extends ParsedFlags {
  readonly locked?: true;
  readonly frozen?: true;
  readonly refs?: true;
  readonly prune?: true;
  readonly summary?: string;
}

/** Brings what the lock names. */
export async function answerSync(flags: SyncFlags, session: Session): Promise<Answer> {
  for (const warning of flagWarnings(flags)) session.tell(warning);
  if (flags.locked === true && flags.frozen === true) {
    throw new UsageError('--locked and --frozen contradict each other', {
      hint: '--locked compares hub.lock with hub.toml, --frozen takes it as it is.',
    });
  }
  const { refs, prune = false, summary } = flags;
  const request = { workingDir: process.cwd(), ref: refs ? ('move' as const) : ('make' as const), prune };
  try {
    const result = await sync(request, session);
    await writeSummary(summary, result, session);
    return { document: result, text: pathsOf(result), summary: syncSummary(result) };
  } catch (error) {
    if (error instanceof SyncFailed) await writeSummary(summary, error.result, session);
    throw error;
  }
}

/** What a failed sync has to say of its repos. */
export function explainSyncFailure(thrown: unknown, told: HubError): FailureReport | undefined {
  if (!(thrown instanceof SyncFailed)) return undefined;
  return { document: thrown.result, details: failedSyncLines(thrown.result, told.message) };
}

/** Where each repo stands, a line for each. */
function pathsOf({ repos }: SyncResult): string | undefined {
  return repos.length === 0 ? undefined : repos.map(({ path }) => path).join('\n');
}

/** What it says is in the result too, which must not be lost for it. */
async function writeSummary(file: string | undefined, result: SyncResult, { tell }: Session): Promise<void> {
  if (file === undefined) return;
  try {
    await appendToFile(namedFolder(file), syncMarkdown(result));
  } catch (error) {
    if (!(error instanceof HubError)) throw error;
    const { message, hint } = error;
    tell({ type: 'warning', code: 'summary-not-written', message, ...(hint === undefined ? {} : { hint }) });
  }
}
