import { UsageError } from '../../errors.js';
import { partialsFolder } from '../../operations/download.js';
import { readFile } from '../../operations/read-file.js';
import { repoPath } from '../../repo/reference.js';
import type { Answer, Session } from '../cli.js';
import { printContent } from '../print-content.js';
import { shellQuote } from '../shell.js';
import { type RepoFlags, namedFile, namedRepo } from './named-repo.js';
import { type ParsedFlags, flagWarnings } from './setting-options.js';

export type CatFlags = ParsedFlags & RepoFlags;

/** Prints one file. */
export async function answerCat(
  { text, file, flags }: { text: string; file: string | undefined; flags: CatFlags },
  session: Session,
): Promise<Answer> {
  for (const warning of flagWarnings(flags)) session.tell(warning);
  const { settings, stdout, signal } = session;
  const reference = namedRepo(text, flags, settings.endpoints);
  const path = namedFile(file, reference, text);
  if (path === undefined) throw new UsageError('which file?', { hint: `"hub ls ${text}" tells what there is.` });
  if (settings.json) {
    throw new UsageError('--json and the file both want stdout', {
      hint: `"hub download ${repoPath(reference.repo)} ${shellQuote(path)} --json" tells where the file stands.`,
    });
  }
  const { repo, revision } = reference;
  const request = { repo, path, ...(revision === undefined ? {} : { revision }) };
  session.keepsPartialsIn(partialsFolder(settings.cacheDir, { repo, paths: [path], include: [], exclude: [] }));
  const { content, isBinary } = await readFile(request, session);
  if (isBinary && stdout.isTTY) {
    content.destroy();
    throw new UsageError(`${path} is nothing for a terminal: it holds bytes that are no text`, {
      hint: 'It is in the cache now. To have it elsewhere: > file, or a pipe.',
    });
  }
  return { document: {}, text: undefined, print: () => printContent(content, { stdout, signal }) };
}
