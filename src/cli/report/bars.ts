import { escapeControl } from '../text.js';
import { BarBlock } from './bar-block.js';
import { barLines } from './bar-lines.js';
import { describeRetry, newReasons } from './lines.js';
import { firstWarnings, mirrorEventLine, namedWarning } from './mirror-lines.js';
import { Paint } from './paint.js';
import type { Report, ReportOptions } from './report.js';
import { initialRunState, nextRunState } from './run-state.js';

const frameMs = 100;

export interface BarReportOptions extends ReportOptions {
  readonly now?: () => number;
}

/** Bars on a terminal, drawn ten times a second; warnings go above them. Nothing is drawn of a run that ends at once. */
export function barReport({ stream, colour, fold, verbose, now = Date.now }: BarReportOptions): Report {
  const paint = new Paint(colour);
  const block = new BarBlock(stream);
  const isNewReason = newReasons();
  const isNewWarning = firstWarnings();
  let state = { ...initialRunState, since: now() };
  let columns = stream.columns ?? 80;
  let isClosed = false;

  const drawFrame = () => {
    const nowColumns = stream.columns ?? 80;
    if (nowColumns !== columns) block.clearFolded(nowColumns);
    columns = nowColumns;
    block.draw(barLines(state, { columns, rows: stream.rows ?? 24, now: now() }));
  };
  const printAbove = (lines: readonly string[]) => {
    const wasDrawn = block.isDrawn;
    block.printAbove(lines.map(fold));
    if (wasDrawn) drawFrame();
  };
  const timer = setInterval(drawFrame, frameMs).unref();
  const close = () => {
    if (isClosed) return;
    isClosed = true;
    clearInterval(timer);
    process.removeListener('exit', close);
    block.clear();
  };
  // The cursor comes back whatever ends the process.
  process.once('exit', close);

  return {
    tell: (event) => {
      state = nextRunState(state, event, now());
      if (event.type === 'warning' && isNewWarning(event)) printAbove(paint.warning(namedWarning(event)));
      const line = mirrorEventLine(event);
      if (line !== undefined) printAbove([line]);
      if (event.type === 'file-failed' && state.mirror === undefined && isNewReason(event)) {
        printAbove([`failed ${escapeControl(event.path)}: ${escapeControl(event.message)}`]);
      }
      if (verbose && event.type === 'detail') printAbove([escapeControl(event.message)]);
      if (verbose && event.type === 'retrying') printAbove([describeRetry(event)]);
    },
    summary: printAbove,
    failure: (error, details) => printAbove([...paint.error(error), ...details]),
    close,
  };
}
