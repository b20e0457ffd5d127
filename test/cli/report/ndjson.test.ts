import { describe, expect, it } from 'vitest';
import { ndjsonReport } from '../../../src/cli/report/ndjson.js';
import { UsageError } from '../../../src/errors.js';
import { progressEvent } from './events.js';
import { Recorder } from './recorder.js';

function open() {
  const stream = new Recorder();
  const clock = { now: 0 };
  const report = ndjsonReport({ stream, verbose: false, now: () => clock.now });
  return { report, clock, documents: () => stream.lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

describe('ndjsonReport', () => {
  it('writes each event as a line with its time and type first', () => {
    const { report, documents } = open();
    report.tell({ type: 'warning', code: 'x', message: 'odd\u001b' });
    expect(documents()).toEqual([
      { time: '1970-01-01T00:00:00.000Z', type: 'warning', code: 'x', message: 'odd\u001b' },
    ]);
    expect(Object.keys(documents()[0] ?? {}).slice(0, 2)).toEqual(['time', 'type']);
  });

  it('writes progress at most once a second', () => {
    const { report, clock, documents } = open();
    for (clock.now = 0; clock.now < 3_000; clock.now += 100) report.tell(progressEvent());
    expect(documents()).toHaveLength(3);
    expect(documents()[0]).toMatchObject({ type: 'progress', filesDone: 3, filesTotal: 12 });
  });

  it('writes errors and the last words as lines too', () => {
    const { report, documents } = open();
    report.summary(['all', 'done']);
    report.failure(new UsageError('bad', { hint: 'good' }), ['more']);
    expect(documents()).toEqual([
      { time: expect.any(String) as string, type: 'summary', message: 'all\ndone' },
      {
        time: expect.any(String) as string,
        type: 'error',
        code: 'usage',
        exitCode: 2,
        retryable: false,
        message: 'bad',
        hint: 'good',
        details: ['more'],
      },
    ]);
  });
});
