import type { ActiveFile } from '../events.js';
import type { MeteredWork } from './progress-meter.js';

/** Files whose digests are being checked, as the progress meter asks for them. */
export class CheckingWork implements MeteredWork {
  readonly #underWay = new Map<string, { bytesDone: number; bytesTotal: number }>();
  bytesFetched = 0;

  get bytesInPlace(): number {
    return [...this.#underWay.values()].reduce((sum, { bytesDone }) => sum + bytesDone, 0);
  }

  active(): ActiveFile[] {
    return [...this.#underWay].map(([path, bytes]) => ({ path, ...bytes, phase: 'checking' }));
  }

  advance(path: string, bytesTotal: number, bytes: number): void {
    this.bytesFetched += bytes;
    const before = this.#underWay.get(path)?.bytesDone ?? 0;
    // Of several that are tried for one file, none counts twice.
    this.#underWay.set(path, { bytesDone: Math.min(bytesTotal, before + bytes), bytesTotal });
  }

  end({ path }: { path: string }): void {
    this.#underWay.delete(path);
  }
}
