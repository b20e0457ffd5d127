import { describe, expect, it } from 'vitest';
import { displayWidth } from '../../../src/cli/columns.js';
import { doctorReport } from '../../../src/cli/report/doctor-report.js';
import { DiskError } from '../../../src/cache/disk-errors.js';
import { failed, ok, warning } from '../../../src/operations/doctor/finding.js';

const hint = 'Look at the address of the proxy: --proxy, https_proxy, http_proxy, ALL_PROXY, and at whoever runs it.';
const findings = [
  ok({ check: 'trust', message: 'the usual authorities' }),
  warning({ check: 'connection', target: 'hub.example', message: 'slow\u001b[31m', hint }),
  failed(new DiskError('read-only', '/cache: the file system is read-only', { hint }), {
    check: 'cache',
    target: '/cache',
  }),
];

describe('the report of hub doctor', () => {
  it('has a mark, a name and words for each line, what to change below it, and the sum', () => {
    expect(doctorReport(findings, { complete: true, columns: undefined })).toBe(
      [
        '✓ trust       the usual authorities',
        '! connection  hub.example: slow\\x1b[31m',
        `              -> ${hint}`,
        '✗ cache       /cache: the file system is read-only',
        `              -> ${hint}`,
        '',
        '1 failed, 1 warning',
      ].join('\n'),
    );
  });

  it.each([60, 80, 120, 200])('fits into %d columns', (columns) => {
    const lines = doctorReport(findings, { complete: true, columns }).split('\n');
    expect(Math.max(...lines.map(displayWidth))).toBeLessThanOrEqual(columns);
    expect(lines.join(' ').replaceAll(/\s+/g, ' ')).toContain(hint);
  });

  it('says that it was ended early', () => {
    expect(doctorReport([], { complete: false, columns: undefined })).toContain('ended early');
    expect(doctorReport([], { complete: true, columns: undefined })).toContain('nothing failed');
  });
});
