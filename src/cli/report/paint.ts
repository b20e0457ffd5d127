import { styleText } from 'node:util';
import type { HubError } from '../../errors.js';
import { describeError, describeWarning } from './lines.js';

/** Colour for the first words of a line, where the terminal wants it. */
export class Paint {
  constructor(private readonly colour: boolean) {}

  error(error: HubError): string[] {
    return describeError(error).map((line) => this.label(line));
  }

  warning(warning: { message: string; hint?: string }): string[] {
    return describeWarning(warning).map((line) => this.label(line));
  }

  private label(line: string): string {
    if (!this.colour) return line;
    return line.replace(/^(error|warning|hint):/, (label) =>
      styleText(['bold', labelColours[label] ?? 'reset'], label, { validateStream: false }),
    );
  }
}

const labelColours: Record<string, 'red' | 'yellow' | 'cyan'> = {
  'error:': 'red',
  'warning:': 'yellow',
  'hint:': 'cyan',
};
