import { styleText } from 'node:util';
import type { HubError } from '../../errors.js';
import { describeError, describeWarning } from './lines.js';

/** Colour for the first words of a line, where the terminal wants it: what can be read on dark and on light alike. */
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
      styleText(labelStyles[label] ?? [], label, { validateStream: false }),
    );
  }
}

const labelStyles: Record<string, ('bold' | 'red' | 'magenta')[]> = {
  'error:': ['bold', 'red'],
  'warning:': ['bold', 'magenta'],
  'hint:': ['bold'],
};
