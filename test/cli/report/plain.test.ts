import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { plainReport } from '../../../src/cli/report/plain.js';
import type { HubEvent } from '../../../src/events.js';
import { MB, progressEvent, retrying } from './events.js';
import { Recorder } from './recorder.js';

let log: Recorder;

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
  log = new Recorder();
});
afterEach(() => vi.useRealTimers());

function open(options: { verbose?: boolean; progress?: 'lines' | 'none' } = {}) {
  return plainReport({
    stream: log,
    colour: false,
    fold: (line) => line,
    verbose: false,
    progress: 'lines',
    ...options,
  });
}

function fileDone(bytes: number, state: 'fetched' | 'cached' = 'fetched'): HubEvent {
  return { type: 'file-done', path: 'model.bin', bytes, bytesFetched: bytes, state };
}

describe('plainReport', () => {
  it('tells the whole state every 10 s and nothing in between', () => {
    const report = open();
    for (let i = 0; i < 205; i++) {
      report.tell(progressEvent());
      vi.advanceTimersByTime(100);
    }
    report.close();
    vi.advanceTimersByTime(60_000);
    expect(log.lines).toEqual([
      '342 MB of 1.23 GB (27%), 35.0 MB/s, 25 s left, 3 of 12 files',
      '342 MB of 1.23 GB (27%), 35.0 MB/s, 25 s left, 3 of 12 files',
    ]);
  });

  it('tells what it waits for and what went wrong in the same line', () => {
    const report = open();
    report.tell(progressEvent({ bytesPerSecond: 0 }));
    report.tell({ type: 'waiting', reason: 'rate-limit', on: 'hub.example', waitMs: 40_000 });
    report.tell(retrying);
    log.text = '';
    vi.advanceTimersByTime(10_000);
    report.close();
    expect(log.lines).toEqual([
      '342 MB of 1.23 GB (27%), 3 of 12 files; 1 new try; waiting for the rate limit of hub.example, 30 s left',
    ]);
  });

  it('has a line for a file of 10 MB or more', () => {
    const report = open();
    report.tell(fileDone(10 * MB));
    report.tell(fileDone(10 * MB - 1));
    report.tell(fileDone(90 * MB, 'cached'));
    report.close();
    expect(log.lines).toEqual(['fetched model.bin (10.0 MB)']);
  });

  it('tells the first failed try at once, and not each of hundreds', () => {
    const report = open();
    for (let i = 0; i < 100; i++) report.tell(retrying);
    report.close();
    expect(log.lines).toEqual(['cdn.example: connection reset; trying again in 2.0 s, 1 of 8 (model.safetensors)']);
  });

  it('tells once that it waits, however many connections do', () => {
    const report = open();
    const waiting: HubEvent = { type: 'waiting', reason: 'rate-limit', on: 'hub.example', waitMs: 40_000 };
    const waited: HubEvent = { type: 'waited', reason: 'rate-limit', on: 'hub.example' };
    for (const event of [waiting, waiting, waiting, waited, waited]) report.tell(event);
    report.close();
    expect(log.lines).toEqual([
      'waiting for the rate limit of hub.example, 40 s left',
      'going on after the wait for hub.example',
    ]);
  });

  it('escapes what comes from outside', () => {
    const report = open();
    report.tell({ type: 'file-failed', path: 'a\u001b[2J', message: 'b\nc' });
    report.close();
    expect(log.lines).toEqual(['failed a\\x1b[2J: b\\x0ac']);
  });

  it('tells a reason for which many files fail once', () => {
    const report = open();
    for (const path of ['a.bin', 'b.bin']) report.tell({ type: 'file-failed', path, message: 'it is gated' });
    report.tell({ type: 'file-failed', path: 'c.bin', message: 'reset' });
    report.close();
    expect(log.lines).toEqual(['failed a.bin: it is gated', 'failed c.bin: reset']);
  });

  it('says only warnings and the last words without progress', () => {
    const report = open({ progress: 'none' });
    report.tell(fileDone(90 * MB));
    report.tell(retrying);
    report.tell({ type: 'warning', code: 'x', message: 'odd' });
    vi.advanceTimersByTime(60_000);
    report.close();
    report.summary(['done']);
    expect(log.lines).toEqual(['warning: odd', 'done']);
  });

  it('tells details to the curious alone', () => {
    const detail: HubEvent = { type: 'detail', message: 'GET /api' };
    open().tell(detail);
    expect(log.lines).toEqual([]);
    open({ verbose: true }).tell(detail);
    expect(log.lines).toEqual(['GET /api']);
  });
});
