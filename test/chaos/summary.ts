import type { Setback } from './chaos-hub.js';
import { faultKinds } from './plan.js';
import type { SeedReport } from './run-seed.js';

/** Bounds of a whole soak, from so many seeds on. */
const seedsForBounds = 200;
const leastOfEachKind = 20;
const leastKillsWhileBytesFlow = 100;

/** What many seeds together came to, as Markdown. */
export function summaryOf(reports: readonly SeedReport[]): string {
  const sum = (of: (report: SeedReport) => number) => reports.reduce((total, report) => total + of(report), 0);
  const totalBytes = sum(({ plan }) => plan.totalBytes);
  const failed = reports.filter(({ problems }) => problems.length > 0);
  const planned = sum(({ plan }) => plan.faults.length);
  const runs = [1, 2, 3].map((count) => `${reports.filter((report) => report.runs === count).length} in ${count}`);
  const share = (bytes: number, of: number) => `${((100 * bytes) / of).toFixed(2)} %`;
  const worst = mostOf(reports, ({ bytesTwice, plan }) => bytesTwice / plan.totalBytes);
  const figures: [string, string][] = [
    [
      'seeds',
      `${reports.length}, ${sum(({ plan }) => (plan.secondAfterBytes === undefined ? 0 : 1))} with two processes`,
    ],
    ['seeds that broke a bound', failed.map(({ plan }) => plan.seed).join(', ') || 'none'],
    ['faults met', `${sum(({ met }) => met.length)} of ${planned} planned`],
    ['kills', `${sum(({ kills }) => kills)}, ${sum((each) => each.killsWhileBytesFlowed)} of them while bytes flowed`],
    ['jobs by the runs that they took', runs.join(', ')],
    ['runs that gave up by themselves', String(sum(({ failedRuns }) => failedRuns.length))],
    ['files left over, not wrong', String(sum((each) => each.leftovers.length))],
    ['bytes of all jobs', String(totalBytes)],
    [
      'bytes sent twice',
      `${sum((each) => each.bytesTwice)}, ${share(
        sum((each) => each.bytesTwice),
        totalBytes,
      )}`,
    ],
    ...(worst === undefined
      ? []
      : [
          ['most of one seed', `${share(worst.bytesTwice, worst.plan.totalBytes)} (seed ${worst.plan.seed})`] as [
            string,
            string,
          ],
        ]),
    ['longest recovery', longestOf(reports)],
  ];
  const met = faultKinds.map((kind): [string, string] => [kind, String(countMet(reports, kind))]);
  return [table(['figure', 'value'], figures), table(['fault', 'times met'], met)].join('\n\n');
}

/** Bounds that many seeds together break; empty where all is well, or where there are too few seeds to tell. */
export function brokenBounds(reports: readonly SeedReport[]): string[] {
  if (reports.length < seedsForBounds) return [];
  const rare = faultKinds.filter((kind) => countMet(reports, kind) < leastOfEachKind);
  const broken = rare.map((kind) => `${kind} was met ${countMet(reports, kind)} times, not ${leastOfEachKind}`);
  const kills = reports.reduce((total, { killsWhileBytesFlowed }) => total + killsWhileBytesFlowed, 0);
  if (kills >= leastKillsWhileBytesFlow) return broken;
  return [...broken, `${kills} kills fell while bytes flowed, not ${leastKillsWhileBytesFlow}`];
}

/**
 * A row for another program: jobs that three runs brought to a good end, ended well but left wrong or missing files, or
 * did not end; runs that hung; what was sent twice.
 */
export function peerLine(peer: string, reports: readonly SeedReport[]): string {
  const isWrong = ({ problems }: SeedReport) => problems.some((each) => /other bytes|missing/.test(each));
  const done = reports.filter(({ isDone }) => isDone);
  const wrong = done.filter(isWrong).length;
  const hung = reports.reduce((sum, report) => sum + report.hung, 0);
  const twice = reports.reduce((sum, { bytesTwice }) => sum + bytesTwice, 0);
  const share = (100 * twice) / reports.reduce((sum, { plan }) => sum + plan.totalBytes, 0);
  const cells = [peer, reports.length, done.length - wrong, wrong, reports.length - done.length, hung];
  return `| ${cells.join(' | ')} | ${share.toFixed(1)} % |`;
}

function countMet(reports: readonly SeedReport[], kind: string): number {
  return reports.flatMap(({ met }) => met).filter((fault) => fault.kind === kind).length;
}

function longestOf(reports: readonly SeedReport[]): string {
  const all = reports.flatMap(({ plan, setbacks }) => setbacks.map((setback) => ({ setback, seed: plan.seed })));
  const longest = mostOf(all, ({ setback }) => took(setback));
  if (longest === undefined) return 'none';
  return `${(took(longest.setback) / 1000).toFixed(1)} s (seed ${longest.seed}: ${longest.setback.what})`;
}

function took({ tookMs }: Setback): number {
  return tookMs ?? 0;
}

function mostOf<T>(all: readonly T[], measure: (one: T) => number): T | undefined {
  return all.reduce<T | undefined>(
    (most, one) => (most === undefined || measure(one) > measure(most) ? one : most),
    undefined,
  );
}

function table(head: readonly [string, string], rows: readonly (readonly [string, string])[]): string {
  const lines = [head, ['---', '---'], ...rows];
  return lines.map(([name, value]) => `| ${name} | ${value} |`).join('\n');
}
