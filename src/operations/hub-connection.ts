import type { Tell } from '../events.js';
import type { HubClient } from '../hub/client.js';
import type { Settings } from '../settings/settings.js';

/** A hub client that is loaded and made at its first use: a run that needs no request pays nothing for it. */
export class HubConnection {
  readonly #settings: Settings;
  readonly #tell: Tell;
  #client: Promise<HubClient> | undefined;

  constructor({ settings, tell }: { settings: Settings; tell: Tell }) {
    this.#settings = settings;
    this.#tell = tell;
  }

  client(): Promise<HubClient> {
    return (this.#client ??= import('../hub/client.js').then(({ createHubClient }) =>
      createHubClient({ settings: this.#settings, tell: this.#tell }),
    ));
  }

  async droppedEndpoints(): Promise<{ endpoint: string; why: string }[]> {
    return [...((await this.#client)?.droppedEndpoints() ?? [])];
  }

  async close(): Promise<void> {
    await (await this.#client)?.close();
  }
}
