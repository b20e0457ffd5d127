import type { HubClient } from '../hub/client.js';
import type { CommitHash, ListedFile } from '../repo/listing.js';
import type { RepoId } from '../repo/reference.js';
import { fixedConcurrency } from '../transfer/concurrency.js';
import { Engine } from '../transfer/engine.js';
import { type FileInMemory, MemoryTarget } from '../transfer/in-memory.js';
import type { OperationContext } from './context.js';

/**
 * Fetches a file that fits in memory, as any file is fetched: tried again, and its digest checked. Writes nothing.
 *
 * @throws HubError  why it could not be had
 */
export async function fetchIntoMemory(
  file: ListedFile,
  options: {
    readonly repo: RepoId;
    readonly commit: CommitHash;
    readonly client: HubClient;
    readonly context: OperationContext;
  },
): Promise<FileInMemory> {
  const { repo, commit, client, context } = options;
  const engine = new Engine({
    concurrency: fixedConcurrency(1),
    stallTimeoutMs: context.settings.stallTimeoutMs,
    signal: context.signal,
  });
  const target = new MemoryTarget(file.size);
  try {
    const { failure } = await engine.transfer({
      path: file.path,
      size: file.size,
      digests: [file.digest],
      source: client.source(repo, commit, file),
      target,
      retry: client.backoff(file.path),
    });
    if (failure instanceof Error) throw failure;
    if (failure !== undefined) throw new Error('the transfer failed', { cause: failure });
    return target;
  } finally {
    await engine.close();
  }
}
