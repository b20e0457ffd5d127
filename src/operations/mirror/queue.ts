/** So many repos may have been looked up and not begun: their listings are in memory. The contract's number. */
export const lookedUpAhead = 20;

/** So many look-ups in a row in which nobody answered: nobody will answer the others either. */
const silentInARow = 20;

/** What is known of a repo once it was looked up. */
interface LookedUp {
  /** The smallest comes first. */
  readonly bytesToFetch: number;
}

/** How a repo failed: `lasting` for what another try can't change, `silent` where the hub did not answer at all. */
export type Failing = 'lasting' | 'passing' | 'silent';

/**
 * Which repo is looked up next, and which is brought: the smallest of those that were looked up ahead. Who failed comes
 * again after all others, in rounds, until a whole round has brought nothing.
 */
export class MirrorQueue<Job, Found extends LookedUp> {
  #waiting: Job[];
  readonly #ready: { readonly job: Job; readonly found: Found }[] = [];
  #again: Job[] = [];
  #lookingUp = 0;
  #bringing = 0;
  #lookedUp = 0;
  #round = 1;
  #silent = 0;
  #broughtInRound = false;

  /** @param jobs  in the order in which they are looked up */
  constructor(jobs: readonly Job[]) {
    this.#waiting = [...jobs];
  }

  /** The next one to look up, if there is room for what is found. Its look-up ends with `found`, `done` or `failed`. */
  takeToLookUp(): Job | undefined {
    if (this.isGivenUp || this.#ready.length + this.#lookingUp >= lookedUpAhead) return undefined;
    this.#beginRound();
    const job = this.#waiting.shift();
    if (job !== undefined) this.#lookingUp += 1;
    return job;
  }

  /** The smallest that was looked up; the first ones wait until there are several to choose from. */
  takeToBring(): { readonly job: Job; readonly found: Found } | undefined {
    const isChoice = this.#lookedUp >= lookedUpAhead || (this.#waiting.length === 0 && this.#lookingUp === 0);
    if (!isChoice && !this.isGivenUp) return undefined;
    const smallest = this.#ready.reduce(
      (best, { found }, index) => (found.bytesToFetch < (this.#ready[best]?.found.bytesToFetch ?? 0) ? index : best),
      0,
    );
    const [taken] = this.#ready.splice(smallest, 1);
    if (taken !== undefined) this.#bringing += 1;
    return taken;
  }

  /** It was looked up, and there is something to bring. */
  found(job: Job, found: Found): void {
    this.#lookUpEnded();
    this.#silent = 0;
    this.#ready.push({ job, found });
  }

  /** @param from  what has ended: its look-up or its transfer. It is whole, or was skipped. */
  done(from: 'look-up' | 'transfer'): void {
    this.#ended(from);
    this.#silent = 0;
    this.#broughtInRound = true;
  }

  /** @returns will it be tried again */
  failed(
    job: Job,
    { from, how, broughtBytes }: { from: 'look-up' | 'transfer'; how: Failing; broughtBytes: boolean },
  ): boolean {
    this.#ended(from);
    if (how !== 'silent') this.#silent = 0;
    else if (from === 'look-up') this.#silent += 1;
    if (broughtBytes) this.#broughtInRound = true;
    if (how === 'lasting') return false;
    this.#again.push(job);
    return true;
  }

  /** Nobody answers any more: nothing new is begun. */
  get isGivenUp(): boolean {
    return this.#silent >= silentInARow;
  }

  /** Nothing is under way, and nothing will be. */
  get isOver(): boolean {
    if (this.#lookingUp + this.#bringing + this.#ready.length > 0) return false;
    return this.isGivenUp || (this.#waiting.length === 0 && !this.#hasNextRound);
  }

  /** Those that were never begun, or not again. */
  left(): readonly Job[] {
    return [...this.#waiting, ...this.#ready.map(({ job }) => job), ...this.#again];
  }

  get #hasNextRound(): boolean {
    return this.#again.length > 0 && (this.#round === 1 || this.#broughtInRound);
  }

  #beginRound(): void {
    const isUnderWay = this.#waiting.length + this.#ready.length + this.#lookingUp + this.#bringing > 0;
    if (isUnderWay || !this.#hasNextRound) return;
    this.#waiting = this.#again;
    this.#again = [];
    this.#round += 1;
    this.#broughtInRound = false;
  }

  #lookUpEnded(): void {
    this.#lookingUp -= 1;
    this.#lookedUp += 1;
  }

  #ended(what: 'look-up' | 'transfer'): void {
    if (what === 'look-up') this.#lookUpEnded();
    else this.#bringing -= 1;
  }
}
