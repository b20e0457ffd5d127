import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { barLines } from '../../../src/cli/report/bar-lines.js';
import { plainReport } from '../../../src/cli/report/plain.js';
import { initialRunState, nextRunState } from '../../../src/cli/report/run-state.js';
import type { ActiveFile, HubEvent, MirrorProgress } from '../../../src/events.js';
import { MB, retrying } from './events.js';
import { Recorder } from './recorder.js';

function progressOf(fields: Partial<MirrorProgress> = {}): MirrorProgress {
  return {
    repos: 800,
    unchanged: 110,
    updated: 20,
    skipped: 1,
    failed: 3,
    bytesFetched: 1234 * MB,
    bytesPerSecond: 35 * MB,
    active: [],
    ...fields,
  };
}

function active(count: number): ActiveFile[] {
  return Array.from({ length: count }, (_, index) => ({
    path: `org/a-repo-with-quite-a-long-name/model-${String(index)}.safetensors`,
    bytesDone: 10 * MB,
    bytesTotal: 40 * MB,
    phase: 'fetching',
  }));
}

const tick: HubEvent = { type: 'mirror-progress', progress: progressOf({ active: active(1) }) };

function updated(repo: string, bytesFetched: number): HubEvent {
  const about = { revision: 'main', commit: 'c'.repeat(40), state: 'updated', files: 3, bytes: 40 * MB } as const;
  return { type: 'repo-done', repo, ...about, bytesFetched };
}

describe('a mirror on a terminal', () => {
  it('fits on 80 x 24, whatever moves', () => {
    const state = nextRunState(
      initialRunState,
      { type: 'mirror-progress', progress: progressOf({ active: active(60) }) },
      0,
    );
    const lines = barLines(state, { columns: 80, rows: 24, now: 0 });
    expect(lines.length).toBeLessThanOrEqual(11);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(80);
    expect(lines[0]).toMatch(
      /^█+░+ {2}134\/800 repos {2}20 updated {2}1 skipped {2}3 failed {2}1\.23 GB {2}35\.0 MB\/s$/,
    );
    expect(lines[1]).toMatch(/^ {2}org\/a-repo.*safetensors {2}█+░+ {3}25% {2}40\.0 MB/);
    expect(lines.at(-1)).toBe('  and 51 more');
  });

  it.each([20, 40, 60, 200])('fits into %i columns', (columns) => {
    const state = nextRunState(
      initialRunState,
      { type: 'mirror-progress', progress: progressOf({ active: active(3) }) },
      0,
    );
    for (const line of barLines(state, { columns, rows: 24, now: 0 })) expect(line.length).toBeLessThan(columns);
  });

  it('says what it waits for', () => {
    const waiting: HubEvent = { type: 'waiting', reason: 'rate-limit', on: 'hub.example', waitMs: 40_000 };
    const state = [tick, waiting].reduce((before, event) => nextRunState(before, event, 0), initialRunState);
    expect(barLines(state, { columns: 80, rows: 24, now: 0 })[1]).toBe(
      'waiting for the rate limit of hub.example, 40 s left',
    );
  });
});

describe('the plain log of a mirror', () => {
  let log: Recorder;
  beforeEach(() => {
    vi.useFakeTimers({ now: 0 });
    log = new Recorder();
  });
  afterEach(() => vi.useRealTimers());

  const open = () =>
    plainReport({ stream: log, colour: false, fold: (line) => line, verbose: false, progress: 'lines' });

  it('tells the whole state once a minute', () => {
    const report = open();
    report.tell(tick);
    vi.advanceTimersByTime(120_000);
    report.close();
    expect(log.lines).toEqual([
      '134 of 800 repos, 20 updated, 1 skipped, 3 failed; 1.23 GB fetched, 35.0 MB/s; now org/a-repo-with-quite-a-long-name/model-0.safetensors 25%',
      '134 of 800 repos, 20 updated, 1 skipped, 3 failed; 1.23 GB fetched, 35.0 MB/s; now org/a-repo-with-quite-a-long-name/model-0.safetensors 25%',
    ]);
  });

  it('is short after an hour of a bad link', () => {
    const report = open();
    report.tell(tick);
    for (let second = 0; second < 3600; second += 1) {
      report.tell({ ...retrying });
      report.tell({
        type: 'file-done',
        path: 'model.bin',
        bytes: 99 * MB,
        bytesFetched: 99 * MB,
        state: 'fetched',
        repo: 'org/a',
      });
      report.tell({
        type: 'file-failed',
        path: `model-${String(second)}.bin`,
        message: `reason ${String(second)}`,
        repo: 'org/a',
      });
      report.tell({ type: 'planned', repo: 'org/a', files: 3, bytes: 9, bytesCached: 0, bytesToFetch: 9 });
      report.tell({
        type: 'warning',
        code: 'weights-more-than-once',
        message: 'twice',
        repo: `org/r${String(second)}`,
      });
      report.tell({ type: 'waiting', reason: 'outage', on: 'hub.example' });
      report.tell({ type: 'waited', reason: 'outage', on: 'hub.example' });
      report.tell(updated(`org/r${String(second)}`, MB));
      vi.advanceTimersByTime(1000);
    }
    report.close();
    expect(log.lines.length).toBeLessThan(300);
    expect(log.lines.filter((line) => line.startsWith('warning'))).toEqual(['warning: org/r0: twice']);
  });

  it('names repos of which much came, and those that failed', () => {
    const report = open();
    report.tell(tick);
    report.tell(updated('org/a', 30 * MB));
    report.tell({ type: 'repo-failed', repo: 'org/b', message: 'reset \u001b[2J', again: true });
    report.tell({ type: 'repo-failed', repo: 'org/c', message: 'gone', again: false });
    report.close();
    expect(log.lines).toEqual([
      'updated org/a@main: 3 files, 40.0 MB; 30.0 MB fetched',
      'failed org/b: reset \\x1b[2J; it is tried again after the others',
      'failed org/c: gone',
    ]);
  });

  it('says that it waits for a rate limit, and when it goes on', () => {
    const report = open();
    report.tell(tick);
    report.tell({ type: 'waiting', reason: 'rate-limit', on: 'hub.example', waitMs: 40_000 });
    report.tell({ type: 'waited', reason: 'rate-limit', on: 'hub.example' });
    report.close();
    expect(log.lines).toEqual([
      'waiting for the rate limit of hub.example, 40 s left',
      'going on after the wait for hub.example',
    ]);
  });
});
