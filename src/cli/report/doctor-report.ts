import type { Finding } from '../../operations/doctor/finding.js';
import { padColumns } from '../columns.js';
import { countOf, escapeControl } from '../text.js';
import { wrapped } from './wrap.js';

export interface DoctorReportOptions {
  readonly complete: boolean;
  /** Undefined: no terminal, so no end of a line. */
  readonly columns: number | undefined;
}

const marks = { ok: '✓', warning: '!', failed: '✗' } as const;

/** A line for each finding, below it what to change, and the sum. */
export function doctorReport(findings: readonly Finding[], options: DoctorReportOptions): string {
  const nameWidth = Math.max(0, ...findings.map(({ check }) => check.length));
  return [...findings.flatMap((finding) => linesOf(finding, nameWidth, options)), '', sum(findings, options)].join(
    '\n',
  );
}

function linesOf(finding: Finding, nameWidth: number, { columns = Infinity }: DoctorReportOptions): string[] {
  const { check, target, state, message, hint } = finding;
  const indent = ' '.repeat(nameWidth + 4);
  const room = columns - indent.length;
  // Most errors name what they are about.
  const isNamed = target === null || message.includes(target);
  const [first = '', ...rest] = wrapped(escapeControl(isNamed ? message : `${target}: ${message}`), room);
  const change = hint === null ? [] : wrapped(`-> ${escapeControl(hint)}`, room);
  return [
    `${marks[state]} ${padColumns(check, nameWidth)}  ${first}`,
    ...[...rest, ...change].map((line) => `${indent}${line}`),
  ];
}

function sum(findings: readonly Finding[], { complete }: DoctorReportOptions): string {
  const count = (state: Finding['state']): number => findings.filter((finding) => finding.state === state).length;
  const [failures, warnings] = [count('failed'), count('warning')];
  const head = failures > 0 ? `${failures} failed` : complete ? 'nothing failed' : 'ended early';
  return `${head}${warnings === 0 ? '' : `, ${countOf(warnings, 'warning')}`}`;
}
