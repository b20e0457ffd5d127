import type { Tell } from '../events.js';
import type { HubClient } from '../hub/client.js';
import type { CommitHash } from '../repo/listing.js';
import type { Settings } from '../settings/settings.js';
import { type FileInMemory, memorySource } from '../transfer/in-memory.js';

/** A hub client that is loaded and made at its first use: a run that needs no request pays nothing for it. */
export class HubConnection {
  readonly #settings: Settings;
  readonly #tell: Tell;
  readonly #kept = new Map<string, FileInMemory>();
  #client: Promise<HubClient> | undefined;

  constructor({ settings, tell }: { settings: Settings; tell: Tell }) {
    this.#settings = settings;
    this.#tell = tell;
  }

  client(): Promise<HubClient> {
    return (this.#client ??= import('../hub/client.js').then(({ createHubClient }) =>
      this.#withKept(createHubClient({ settings: this.#settings, tell: this.#tell })),
    ));
  }

  /** Keeps a file that has come whole and right: whoever asks the client for it in this run is given it from memory. */
  keep(commit: CommitHash, path: string, file: FileInMemory): void {
    this.#kept.set(`${commit}/${path}`, file);
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
    await (await this.#client)?.close();
  }
}
