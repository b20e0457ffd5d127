import { HubError, abortReason } from '../../errors.js';
import { type About, type Finding, failed, warning } from './finding.js';
import { OutOfTime } from './probes.js';

/** What has been found so far, in the order in which it is told. */
export class Findings {
  readonly all: Finding[] = [];
  readonly #signal: AbortSignal;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  add(...findings: readonly Finding[]): void {
    this.all.push(...findings);
  }

  /**
   * Runs a check. An error that a person can act on is what it found.
   *
   * @returns undefined where it failed
   * @throws the signal's `abortReason`; a defect
   */
  async attempt<T>(about: About, check: () => T | Promise<T>): Promise<T | undefined> {
    try {
      return await check();
    } catch (error) {
      if (this.#signal.aborted) throw abortReason(this.#signal);
      if (error instanceof OutOfTime) {
        this.add(warning({ ...about, message: 'not looked at: what came before took all the time' }));
        return undefined;
      }
      if (!(error instanceof HubError)) throw error;
      this.add(failed(error, about));
      return undefined;
    }
  }
}
