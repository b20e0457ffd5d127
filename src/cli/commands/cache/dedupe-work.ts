import { type DedupedFile, type DedupeResult, dedupe } from '../../../operations/dedupe.js';
import { repoPath } from '../../../repo/reference.js';
import type { Answer, Session } from '../../cli.js';
import { countOf, escapeControl, formatBytes } from '../../text.js';
import type { ParsedFlags } from '../setting-options.js';

export interface DedupeFlags extends ParsedFlags {
  readonly dryRun?: true;
}

/** Shares equal bytes, or with `--dry-run` tells which. */
export async function answerDedupe(flags: DedupeFlags, session: Session): Promise<Answer> {
  const result = await dedupe({ dryRun: flags.dryRun === true }, session);
  return { document: result, text: dedupeText(result) };
}

function dedupeText({ files, totals, dryRun }: DedupeResult): string {
  const saved = `${formatBytes(totals.bytesSaved)} ${dryRun ? 'would be' : 'were'} freed`;
  if (files.length === 0) return 'no two repos have the same large file twice';
  return [...files.map(line), '', `${countOf(totals.files, 'file')}, ${saved}`].join('\n');
}

function line({ state, size, repo: name, type, digest, reason }: DedupedFile): string {
  const why = reason === undefined ? '' : `: ${escapeControl(reason)}`;
  const what = `${escapeControl(repoPath({ type, name }))}  ${digest.slice(0, 17)}`;
  return `${state.padEnd(7)}  ${formatBytes(size).padStart(7)}  ${what}${why}`;
}
