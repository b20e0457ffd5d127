import { resolve } from 'node:path';
import { stdin } from 'node:process';
import { UsageError } from '../../../errors.js';
import { importPath } from '../../../operations/import/import-path.js';
import { ImportDamaged, type ImportResult } from '../../../operations/import/import-result.js';
import { type RepoType, parseRepoReference } from '../../../repo/reference.js';
import type { Answer, FailureReport, Session } from '../../cli.js';
import { countOf, escapeControl, formatBytes } from '../../text.js';
import { type ParsedFlags, flagWarnings } from '../setting-options.js';

export interface ImportFlags extends ParsedFlags {
  readonly repo?: string;
  readonly type?: RepoType;
  readonly revision?: string;
  readonly dryRun?: true;
}

/** Takes something in, or with `--dry-run` tells what would be taken. */
export async function answerImport(
  { path, flags }: { path: string; flags: ImportFlags },
  session: Session,
): Promise<Answer> {
  for (const warning of flagWarnings(flags)) session.tell(warning);
  const from = path === '-' ? { name: '-', stream: stdin } : resolve(path);
  const result = await importPath({ from, ...named(flags, session), dryRun: flags.dryRun === true }, session);
  return {
    document: result,
    text: result.repos.map((repo) => repo.path).join('\n'),
    summary: session.settings.quiet ? [] : [summary(result)],
  };
}

/** What a damaged import has to say of its files. */
export function explainDamage(error: unknown): FailureReport | undefined {
  if (!(error instanceof ImportDamaged)) return undefined;
  const corrupt = error.result.repos.flatMap(({ files }) => files.filter(({ state }) => state === 'corrupt'));
  const shown = corrupt
    .slice(0, mostShown)
    .map(({ path, reason }) => `  ${escapeControl(path)}: ${escapeControl(reason ?? '')}`);
  return { document: error.result, details: [...shown, summary(error.result)] };
}

const mostShown = 20;

function named(
  { repo, type, revision }: ImportFlags,
  { settings }: Session,
): Partial<Parameters<typeof importPath>[0]> {
  if (repo === undefined) {
    if (type !== undefined) throw new UsageError('--type says nothing without --repo');
    return revision === undefined ? {} : { revision };
  }
  const reference = parseRepoReference(repo, {
    endpoints: settings.endpoints.map(({ url }) => url),
    ...(type === undefined ? {} : { type }),
    ...(revision === undefined ? {} : { revision }),
  });
  return {
    repo: reference.repo,
    ...(reference.revision === undefined ? {} : { revision: reference.revision }),
  };
}

function summary({ totals }: ImportResult): string {
  const { files, imported, cached, missing, corrupt, bytesImported } = totals;
  const parts = [
    `${imported} imported (${formatBytes(bytesImported)})`,
    ...(cached === 0 ? [] : [`${cached} in the cache before`]),
    ...(missing === 0 ? [] : [`${missing} not there`]),
    ...(corrupt === 0 ? [] : [`${corrupt} damaged`]),
  ];
  return `${countOf(files, 'file')}: ${parts.join(', ')}`;
}
