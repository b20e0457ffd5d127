import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { barReport } from '../../../src/cli/report/bars.js';
import { UsageError } from '../../../src/errors.js';
import { progressEvent } from './events.js';
import { Recorder } from './recorder.js';

const hideCursor = '\u001b[?25l';
const showCursor = '\u001b[?25h';
let terminal: Recorder;

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
  terminal = Object.assign(new Recorder(), { isTTY: true });
});
afterEach(() => vi.useRealTimers());

function open() {
  return barReport({ stream: terminal, colour: false, fold: (line) => line, verbose: false });
}

describe('barReport', () => {
  it('draws nothing of a run that ends at once', () => {
    const report = open();
    report.tell(progressEvent());
    report.close();
    expect(terminal.text).toBe('');
  });

  it('draws each frame with one write', () => {
    const report = open();
    report.tell(progressEvent());
    const write = vi.spyOn(terminal, 'write');
    vi.advanceTimersByTime(1_000);
    expect(write).toHaveBeenCalledTimes(10);
    report.close();
  });

  it('gives the cursor back when it is closed, and stops its timers', () => {
    const report = open();
    report.tell(progressEvent());
    vi.advanceTimersByTime(100);
    expect(terminal.text).toContain(hideCursor);
    report.close();
    report.close();
    expect(terminal.text.split(showCursor)).toHaveLength(2);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('gives the cursor back when the process exits', () => {
    const listeners = process.listenerCount('exit');
    const report = open();
    vi.advanceTimersByTime(100);
    process.listeners('exit').at(-1)?.(0);
    expect(terminal.text).toContain(showCursor);
    report.close();
    expect(process.listenerCount('exit')).toBe(listeners);
  });

  it('prints a warning above the bars', () => {
    const report = open();
    report.tell(progressEvent());
    vi.advanceTimersByTime(100);
    terminal.text = '';
    report.tell({ type: 'warning', code: 'x', message: 'odd\u001b', hint: 'look' });
    expect(terminal.text.indexOf('warning: odd\\x1b\nhint: look\n')).toBeLessThan(terminal.text.indexOf('3/12 files'));
    report.close();
  });

  it('clears rows that a narrower terminal folded', () => {
    const report = open();
    report.tell(progressEvent());
    vi.advanceTimersByTime(100);
    terminal.text = '';
    terminal.columns = 30;
    vi.advanceTimersByTime(100);
    expect(terminal.text.startsWith('\u001b[2A')).toBe(true);
    report.close();
  });

  it('ends with the error and what is to be done', () => {
    const report = open();
    report.close();
    report.failure(new UsageError('bad', { hint: 'good' }), ['more']);
    expect(terminal.lines).toEqual(['error: bad', 'hint: good', 'more']);
  });
});
