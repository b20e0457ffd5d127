import { listFiles } from '../../operations/list-files.js';
import type { Answer, Session } from '../cli.js';
import { fileTable } from '../report/file-table.js';
import { type FilterFlags, type RepoFlags, type WeightsFlags, frameworkWarnings, namedModel } from './named-repo.js';
import { type ParsedFlags, flagWarnings } from './setting-options.js';

export type LsFlags = ParsedFlags & RepoFlags & FilterFlags & WeightsFlags;

/** Lists what a repo has on the hub. */
export async function answerLs(
  { text, paths, flags }: { text: string; paths: readonly string[]; flags: LsFlags },
  session: Session,
): Promise<Answer> {
  for (const warning of flagWarnings(flags)) session.tell(warning);
  const { repo, revision, path, weights } = namedModel(text, flags, session.settings);
  for (const warning of frameworkWarnings(flags, repo)) session.tell(warning);
  const listing = await listFiles(
    {
      repo,
      ...(revision === undefined ? {} : { revision }),
      paths: path === undefined ? paths : [path, ...paths],
      include: flags.include ?? [],
      exclude: flags.exclude ?? [],
      ...(weights === undefined ? {} : { weights }),
    },
    session,
  );
  return { document: listing, text: fileTable(listing, session.columns) };
}
