import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLog } from '../../../src/cli/report/log-file.js';
import { UsageError } from '../../../src/errors.js';
import type { HubEvent } from '../../../src/events.js';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'log-file-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const detail: HubEvent = { type: 'detail', message: 'a request', repo: 'org/a' };

describe('openLog', () => {
  it('appends each event as a line, and passes it on', () => {
    const path = join(folder, 'log');
    const told: HubEvent[] = [];
    for (const run of ['first', 'second']) {
      const log = openLog(path, (event) => told.push(event));
      log.tell(detail);
      log.report(`${run} run\nwell`, undefined);
      log.close();
    }
    const lines = readFileSync(path, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(told).toEqual([detail, detail]);
    expect(lines).toMatchObject([detail, { type: 'summary', message: 'first run\nwell' }, detail, { type: 'summary' }]);
  });

  it('ends with why the run failed', () => {
    const path = join(folder, 'log');
    const log = openLog(path, () => undefined);
    log.report('1 repo', new UsageError('that'));
    log.close();
    expect(readFileSync(path, 'utf8')).toMatch(/"type":"error".*"code":"usage"/);
  });

  it('is refused where it cannot be opened', () => {
    expect(() => openLog(join(folder, 'none', 'log'), () => undefined)).toThrow(UsageError);
  });

  it.skipIf(process.platform !== 'linux')('does not end the run when the disk is full, and says so once', () => {
    closeSync(openSync('/dev/full', 'a'));
    const told: HubEvent[] = [];
    const log = openLog('/dev/full', (event) => told.push(event));
    for (const event of [detail, detail, detail]) log.tell(event);
    log.close();
    expect(told.filter(({ type }) => type === 'warning')).toMatchObject([{ code: 'log-not-written' }]);
  });
});
