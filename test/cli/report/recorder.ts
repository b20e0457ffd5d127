import type { TextStream } from '../../../src/cli/report/report.js';

/** Keeps what a report writes. */
export class Recorder implements TextStream {
  text = '';
  isTTY = false;
  columns = 80;
  rows = 24;

  write(text: string): boolean {
    this.text += text;
    return true;
  }

  get lines(): string[] {
    return this.text.split('\n').slice(0, -1);
  }
}
