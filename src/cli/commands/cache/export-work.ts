import { resolve } from 'node:path';
import { UsageError } from '../../../errors.js';
import { type ExportResult, exportBundle } from '../../../operations/export-bundle.js';
import { parseRepoReference } from '../../../repo/reference.js';
import type { Answer, Session } from '../../cli.js';
import { countOf, formatBytes } from '../../text.js';
import type { ParsedFlags } from '../setting-options.js';

export interface ExportFlags extends ParsedFlags {
  readonly output: string;
  readonly dryRun?: true;
}

/** Writes a bundle, or with `--dry-run` tells what would be in it. */
export async function answerExport(
  { repos, flags }: { repos: readonly string[]; flags: ExportFlags },
  session: Session,
): Promise<Answer> {
  const isStream = flags.output === '-';
  if (!flags.dryRun) judgeOutput(flags.output, session);
  const result = await exportBundle(
    {
      repos: repos.map((text) => namedRevision(text, session)),
      output: isStream ? session.stdout : resolve(flags.output),
      dryRun: flags.dryRun === true,
    },
    session,
  );
  const text = isStream ? undefined : flags.output;
  return { document: result, text: flags.dryRun ? contents(result) : text, summary: summary(result, session) };
}

/** @throws UsageError */
function judgeOutput(output: string, { settings, stdout }: Session): void {
  if (output === '-' && settings.json) {
    throw new UsageError('-o - and --json both want stdout', { hint: 'Name a file with -o.' });
  }
  if (output === '-' && stdout.isTTY) {
    throw new UsageError('a bundle is nothing for a terminal', { hint: 'Name a file with -o, or pipe it on.' });
  }
  if (/\.(?:gz|tgz|xz|zst|bz2)$/.test(output)) {
    throw new UsageError(`${output}: a bundle is not compressed, since weights hardly shrink`, {
      hint: `To have it so all the same: -o - | gzip > ${output}`,
    });
  }
}

function namedRevision(
  text: string,
  { settings: { endpoints } }: Session,
): Parameters<typeof exportBundle>[0]['repos'][0] {
  const { repo, revision, path } = parseRepoReference(text, { endpoints: endpoints.map(({ url }) => url) });
  if (path !== undefined) {
    throw new UsageError(`"${text}" names a file`, { hint: 'A bundle holds whole revisions: name the repo.' });
  }
  return { repo, ...(revision === undefined ? {} : { revision }) };
}

function summary({ repos, totals }: ExportResult, { settings }: Session): string[] {
  if (settings.quiet) return [];
  const partial = repos.flatMap(({ repo, revisions }) =>
    revisions.filter(({ complete }) => complete === false).map(({ commit }) => `${repo}@${commit.slice(0, 10)}`),
  );
  return [
    `${countOf(totals.files, 'file')} of ${countOf(totals.revisions, 'revision')}, ${formatBytes(totals.bytes)}`,
    ...(partial.length === 0
      ? []
      : [`not all files of the repo are in the cache, and so in the bundle: ${partial.join(', ')}`]),
  ];
}

function contents({ repos }: ExportResult): string {
  return repos
    .flatMap(({ repo, revisions, refs }) =>
      revisions.map(({ commit, files }) => {
        const names = refs.filter((ref) => ref.commit === commit).map(({ name }) => name);
        return [repo, commit, countOf(files, 'file'), ...names].join('  ');
      }),
    )
    .join('\n');
}
