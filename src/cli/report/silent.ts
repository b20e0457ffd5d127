import { Paint } from './paint.js';
import type { Report, ReportOptions } from './report.js';

/** `--quiet`: errors only. */
export function silentReport({ stream, colour, fold }: ReportOptions): Report {
  const paint = new Paint(colour);
  return {
    tell: () => undefined,
    summary: () => undefined,
    failure: (error, details) => {
      for (const line of [...paint.error(error), ...details]) stream.write(`${fold(line)}\n`);
    },
    close: () => undefined,
  };
}
