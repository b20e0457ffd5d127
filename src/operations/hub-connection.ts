import type { Tell } from '../events.js';
import type { HubClient } from '../hub/client.js';
import type { CommitHash } from '../repo/listing.js';
import { type FileInMemory, memorySource } from '../transfer/in-memory.js';
import type { OperationContext } from './context.js';
import type { SharedTransfer } from './shared-transfer.js';

/**
 * What one run has to do with a hub, of one repo or of several at a time: a client and a transfer, each of which is loaded
 * and made at its first use, so that a run that needs none pays nothing for it.
 */
export class HubConnection {
  readonly #context: OperationContext;
  readonly #repos: 'one' | 'several';
  readonly #kept = new Map<string, FileInMemory>();
  #retries = 0;
  #client: Promise<HubClient> | undefined;
  #transfer: Promise<SharedTransfer> | undefined;

  /** @param repos  `several`: files are shown with the name of their repo */
  constructor(context: OperationContext, { repos = 'one' }: { repos?: 'one' | 'several' } = {}) {
    this.#context = context;
    this.#repos = repos;
  }

  client(): Promise<HubClient> {
    return (this.#client ??= import('../hub/client.js').then(({ createHubClient }) =>
      this.#withKept(createHubClient({ settings: this.#context.settings, tell: this.#tell })),
    ));
  }

  transfer(): Promise<SharedTransfer> {
    return (this.#transfer ??= import('./shared-transfer.js').then(
      ({ SharedTransfer }) => new SharedTransfer({ ...this.#context, tell: this.#tell, repos: this.#repos }),
    ));
  }

  /** How often something was tried again so far. */
  get retries(): number {
    return this.#retries;
  }

  readonly #tell: Tell = (event) => {
    if (event.type === 'retrying') this.#retries += 1;
    this.#context.tell(event);
  };

  /** Keeps a file that has come whole and right: whoever asks the client for it in this run is given it from memory. */
  keep(commit: CommitHash, path: string, file: FileInMemory): void {
    this.#kept.set(`${commit}/${path}`, file);
  }

  /** Lets go of what was kept of a commit: nobody will ask for it any more. */
  forget(commit: CommitHash): void {
    for (const name of this.#kept.keys()) if (name.startsWith(`${commit}/`)) this.#kept.delete(name);
  }

  #withKept(client: HubClient): HubClient {
    return {
      ...client,
      source: (repo, commit, file) => {
        const kept = this.#kept.get(`${commit}/${file.path}`);
        return kept === undefined ? client.source(repo, commit, file) : memorySource(kept);
      },
    };
  }

  async droppedEndpoints(): Promise<{ endpoint: string; why: string }[]> {
    return [...((await this.#client)?.droppedEndpoints() ?? [])];
  }

  async close(): Promise<void> {
    await (await this.#transfer)?.close();
    await (await this.#client)?.close();
  }
}
