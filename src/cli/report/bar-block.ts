import { Writable } from 'node:stream';
import { MultiBar, type SingleBar } from 'cli-progress';
import { displayWidth } from '../columns.js';
import type { TextStream } from './report.js';

/**
 * A block of lines at the cursor that is drawn again in place, with other lines above it.
 *
 * cli-progress moves the cursor; we bring the lines. It has no answer to a terminal that changes its width, and writes
 * in many small pieces, so its output is gathered here and given out as one write for each frame.
 */
export class BarBlock {
  private multiBar: MultiBar | undefined;
  private readonly bars: SingleBar[] = [];
  private drawn: readonly string[] = [];
  private pending = '';
  private readonly frame: Writable;

  constructor(private readonly terminal: TextStream) {
    const frame = new Writable({
      decodeStrings: false,
      write: (text: string, _encoding, done) => {
        this.pending += text;
        done();
      },
    });
    this.frame = Object.assign(frame, { isTTY: true });
  }

  get isDrawn(): boolean {
    return this.multiBar !== undefined;
  }

  /** Draws the block. Each line is shorter than the terminal is wide, and there are fewer of them than it has rows. */
  draw(lines: readonly string[]): void {
    const multiBar = (this.multiBar ??= this.start());
    for (const extra of this.bars.splice(lines.length)) multiBar.remove(extra);
    while (this.bars.length < lines.length) this.bars.push(multiBar.create(1, 0, { line: '' }));
    for (const [index, bar] of this.bars.entries()) bar.update({ line: lines[index] ?? '' });
    multiBar.update();
    this.drawn = lines;
    this.flush();
  }

  /** Prints lines where the block stood; the next `draw` puts it below them. They may be as long as they like. */
  printAbove(lines: readonly string[]): void {
    this.clear();
    for (const line of lines) this.terminal.write(`${line}\n`);
  }

  /** Takes the block off the screen and gives the cursor back. */
  clear(): void {
    if (this.multiBar === undefined) return;
    this.multiBar.stop();
    this.multiBar = undefined;
    this.bars.length = 0;
    this.drawn = [];
    this.flush();
  }

  /** As `clear`, after the terminal got another width and folded lines that were too long for it. */
  clearFolded(columns: number): void {
    const folded = this.drawn.reduce(
      (rows, line) => rows + Math.max(0, Math.ceil(displayWidth(line) / columns) - 1),
      0,
    );
    if (folded > 0) this.terminal.write(`\u001b[${folded}A`);
    this.clear();
  }

  private start(): MultiBar {
    return new MultiBar({
      stream: this.frame,
      format: (_options, _params, payload: { line: string }) => payload.line,
      // Lines move when others come above them, so all are written each time.
      forceRedraw: true,
      hideCursor: true,
      clearOnComplete: true,
      gracefulExit: false,
      // Its own clock never fires before ours.
      fps: 1,
    });
  }

  private flush(): void {
    if (this.pending !== '') this.terminal.write(this.pending);
    this.pending = '';
  }
}
