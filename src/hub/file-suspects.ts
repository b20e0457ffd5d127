import type { Suspects } from '../transfer/source.js';
import type { Endpoint, Endpoints } from './endpoints.js';

/** Bytes of an earlier run are trusted less than those of the first endpoint, and more than a mirror's. */
const rankOfEarlierRun = 0.5;

/** Who is to blame when one file's bytes are wrong: origins are those of CDNs, to which an endpoint has led. */
export class FileSuspects implements Suspects {
  readonly #endpoints: Endpoints;
  readonly #path: string;
  readonly #ledTo = new Map<string, Set<Endpoint>>();
  readonly #doubted = new Set<Endpoint>();
  /** They were asked once more, since nobody else could be: that the file is right then does not speak against them. */
  readonly #askedAgain = new Set<Endpoint>();

  constructor(endpoints: Endpoints, path: string) {
    this.#endpoints = endpoints;
    this.#path = path;
  }

  ledTo(origin: string, endpoint: Endpoint): void {
    this.#ledTo.set(origin, this.#whoLedTo(origin).add(endpoint));
    if (this.#doubted.has(endpoint)) this.#askedAgain.add(endpoint);
  }

  isDoubted(endpoint: Endpoint): boolean {
    return this.#doubted.has(endpoint);
  }

  doubt(origins: readonly string[]): string | undefined {
    const [suspect] = origins.toSorted((a, b) => this.#rankOf(b) - this.#rankOf(a));
    const endpoints = [...this.#whoLedTo(suspect ?? '')];
    if (endpoints.some((endpoint) => this.#doubted.has(endpoint))) return undefined;
    for (const endpoint of endpoints) this.#doubted.add(endpoint);
    return suspect;
  }

  convict(origin: string): boolean {
    const guilty = this.#whoLedTo(origin);
    const others = this.#endpoints.inOrder().filter((endpoint) => !guilty.has(endpoint));
    if (others.length === 0) return false;
    this.#doubted.clear();
    return [...guilty].map((endpoint) => this.#drop(endpoint)).includes(true);
  }

  confirm(): void {
    for (const endpoint of this.#doubted) if (!this.#askedAgain.has(endpoint)) this.#drop(endpoint);
    this.#doubted.clear();
  }

  #drop(endpoint: Endpoint): boolean {
    return this.#endpoints.drop(endpoint, `sent wrong bytes of ${this.#path}`);
  }

  /** Of an origin to which several endpoints lead, the best. */
  #rankOf(origin: string): number {
    const ranks = Array.from(this.#whoLedTo(origin), (endpoint) => this.#endpoints.rankOf(endpoint));
    return ranks.length === 0 ? rankOfEarlierRun : Math.min(...ranks);
  }

  #whoLedTo(origin: string): Set<Endpoint> {
    return this.#ledTo.get(origin) ?? new Set();
  }
}
