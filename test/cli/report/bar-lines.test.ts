import { describe, expect, it } from 'vitest';
import type { HubEvent } from '../../../src/events.js';
import { barLines } from '../../../src/cli/report/bar-lines.js';
import { initialRunState, nextRunState, type RunState } from '../../../src/cli/report/run-state.js';
import { displayWidth } from '../../../src/cli/columns.js';
import { activeFile, MB, progressEvent, retrying } from './events.js';

const screen = { columns: 80, rows: 24, now: 0 };

function after(...events: HubEvent[]): RunState {
  return events.reduce((state, event) => nextRunState(state, event, 0), initialRunState);
}

describe('barLines', () => {
  it('tells the whole run first and then each active file', () => {
    const state = after(progressEvent({ active: [activeFile(), activeFile({ path: 'b.bin', phase: 'checking' })] }));
    const [overall = '', first = '', second = '', ...rest] = barLines(state, screen);
    expect(overall).toContain('27%  342 MB/1.23 GB  35.0 MB/s  25 s left  3/12 files');
    expect(first).toMatch(/^ {2}model\.safetensors {2}█+░+ {3}25% {2}40\.0 MB/);
    expect(second).toMatch(/^ {2}b\.bin .* checking$/);
    expect(rest).toEqual([]);
  });

  it('shows the moments without bytes', () => {
    const resolving: HubEvent = { type: 'resolving', repo: 'org/name', revision: 'main' };
    const resolved: HubEvent = { type: 'resolved', repo: 'org/name', revision: 'main', commit: 'c' };
    const listing: HubEvent = { type: 'listing', repo: 'org/name', commit: 'c', files: 1000 };
    expect(barLines(after(resolving), screen)).toEqual(['looking up org/name@main']);
    expect(barLines(after(resolving), { ...screen, now: 5_000 })).toEqual(['looking up org/name@main, 5.0 s']);
    expect(barLines(after(resolved), screen)).toEqual(['listing the files of org/name']);
    expect(barLines(after(resolved, listing), screen)).toEqual(['listing the files of org/name: 1000 so far']);
    expect(barLines(after({ type: 'checking', path: 'a.bin', bytes: 30 * MB }), screen)).toEqual([
      'checking 30.0 MB that are here already of a.bin',
    ]);
  });

  it('shows what holds the run up, with the time that is left, until it ends', () => {
    const waiting: HubEvent = { type: 'waiting', reason: 'rate-limit', on: 'hub.example', waitMs: 40_000 };
    const lease: HubEvent = { type: 'waiting', reason: 'lease', on: 'model.bin' };
    const lines = barLines(after(progressEvent(), waiting, lease), { ...screen, now: 10_000 });
    expect(lines.slice(1)).toEqual([
      'waiting for the rate limit of hub.example, 30 s left',
      'waiting for another process that fetches model.bin',
    ]);
    const waited: HubEvent = { type: 'waited', reason: 'rate-limit', on: 'hub.example' };
    expect(barLines(after(progressEvent(), waiting, waited), screen)).toHaveLength(1);
  });

  it('shows a failed try for some seconds', () => {
    const state = after(progressEvent(), retrying);
    expect(barLines(state, screen)[1]).toContain('cdn.example: connection reset');
    expect(barLines(state, { ...screen, now: 60_000 })).toHaveLength(1);
  });

  it.each([60, 80, 120, 200])('has a bar for the whole run at %i columns', (columns) => {
    expect(barLines(after(progressEvent()), { ...screen, columns })[0]).toMatch(/^█+░+ {2,3}27% .*MB\/s/);
  });

  it('gives up bars before the names of shards, which differ in their middle', () => {
    const shards = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'];
    const state = after(progressEvent({ active: shards.map((path) => activeFile({ path })) }));
    const narrow = barLines(state, { ...screen, columns: 60 }).slice(1);
    expect(narrow).toEqual(shards.map((path) => `  ${path}   25%  40.0 MB `));
    expect(barLines(state, screen)[1]).toContain(`${shards[0] ?? ''}  █`);
  });

  it('fits into a terminal of any size', () => {
    const active = [
      '模型/权重/很长很长的文件名.safetensors',
      'evil\u001b[2J\u202e.bin',
      ...Array<string>(20).fill('a/b/c.bin'),
    ];
    const waiting: HubEvent = { type: 'waiting', reason: 'outage', on: 'https://hub.example', waitMs: 40_000 };
    const state = after(progressEvent({ active: active.map((path) => activeFile({ path })) }), waiting, retrying);
    for (let columns = 1; columns <= 220; columns += 3) {
      for (const rows of [1, 2, 3, 6, 10, 24, 50]) {
        const lines = barLines(state, { columns, rows, now: 0 });
        expect(lines.length, `lines at ${columns}x${rows}`).toBeLessThanOrEqual(Math.max(1, rows - 2));
        for (const line of lines) {
          expect(displayWidth(line), `${JSON.stringify(line)} at ${columns}x${rows}`).toBeLessThanOrEqual(
            Math.max(1, columns - 1),
          );
          // eslint-disable-next-line no-control-regex -- what must not be there
          expect(line).not.toMatch(/[\u0000-\u001f\u202e]/);
        }
      }
    }
  });

  it('counts the files for which there is no room', () => {
    const state = after(progressEvent({ active: Array.from({ length: 8 }, () => activeFile()) }));
    expect(barLines(state, { ...screen, rows: 6 }).at(-1)).toBe('  and 6 more');
  });

  it('is never at 100 % before the last byte, and is at 100 % of nothing', () => {
    const almost = progressEvent({ bytesDone: 999_999_999, bytesTotal: 1_000_000_000 });
    expect(barLines(after(almost), screen)[0]).toContain(' 99%');
    expect(barLines(after(progressEvent({ bytesDone: 0, bytesTotal: 0 })), screen)[0]).toContain('100%');
  });
});
