import { createInterface } from 'node:readline';
import { Interrupted, UsageError, abortReason } from '../errors.js';
import { foldLine } from './fold.js';
import { escapeControl } from './text.js';

/** Something that is not done without a yes. */
export interface Question {
  /** What would be done, as lines. Text from outside is escaped already. */
  readonly plan: readonly string[];
  /** Columns under which a line of the plan goes on that is too long for the terminal; 2 without it. */
  readonly indent?: number;
  /** `Remove 3 revisions?` */
  readonly question: string;
  /** What is said where nobody can be asked; the question's own words where absent. */
  readonly refusal?: { readonly message: string; readonly hint: string };
}

export interface Terminal {
  readonly stdin: NodeJS.ReadStream;
  readonly stderr: NodeJS.WriteStream;
  readonly signal: AbortSignal;
  /** Never asks. */
  readonly quiet: boolean;
}

/**
 * Shows a plan and asks for a yes. Anything else is a no, the end of the input too.
 *
 * @throws UsageError  where nobody can be asked
 * @throws Interrupted  Ctrl-C instead of an answer
 */
export async function askForYes(
  { plan, indent = 2, question, refusal }: Question,
  terminal: Terminal,
): Promise<boolean> {
  const { quiet } = terminal;
  if (!canAsk(terminal)) {
    const why = quiet ? '--quiet never asks' : 'there is no terminal to ask on';
    throw new UsageError(`${refusal === undefined ? '' : `${refusal.message}: `}this needs a yes, and ${why}`, {
      hint: refusal?.hint ?? 'Add -y (--yes) to do it without a question, or --dry-run to see what it would do.',
    });
  }
  const lines = plan.flatMap((line) => foldLine(line, { columns: terminal.stderr.columns, indent }));
  const answer = await askForLine(`${question} [y/N]`, lines, terminal);
  return /^\s*y(?:es)?\s*$/i.test(answer ?? '');
}

/** Whether there is somebody to ask. */
export function canAsk({ stdin, stderr, quiet }: Terminal): boolean {
  return !quiet && stdin.isTTY && stderr.isTTY;
}

/**
 * Shows lines and a prompt, and reads a line. Of the terminal that `canAsk` has seen.
 *
 * @param lines  text from outside is escaped already
 * @returns undefined at the end of the input
 * @throws Interrupted  Ctrl-C instead of an answer
 */
export async function askForLine(
  prompt: string,
  lines: readonly string[],
  { stdin, stderr, signal }: Terminal,
): Promise<string | undefined> {
  for (const line of lines) stderr.write(`${line}\n`);
  stderr.write(`${escapeControl(prompt)} `);
  const answer = await readLine(stdin, signal);
  if (signal.aborted) {
    stderr.write('\n');
    const { exitCode } = abortReason(signal);
    throw new Interrupted(exitCode, 'Nothing was done.');
  }
  if (answer === undefined) stderr.write('\n');
  return answer;
}

/** Undefined at the end of the input, and when the signal fires. Leaves the terminal as it is: Ctrl-C stays a signal. */
async function readLine(stdin: NodeJS.ReadStream, signal: AbortSignal): Promise<string | undefined> {
  // The question before has let it go.
  stdin.ref();
  const lines = createInterface({ input: stdin, terminal: false, signal });
  try {
    return await new Promise((resolve) => {
      lines.once('line', resolve);
      lines.once('close', () => resolve(undefined));
    });
  } finally {
    lines.close();
    // An open terminal would hold the process.
    stdin.unref();
  }
}
