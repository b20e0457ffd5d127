import { type z, prettifyError } from 'zod';
import { documents, failedEarly } from './documents.js';
import { events } from './events.js';
import { failure } from './failure.js';

/**
 * Takes what the program printed with `--json` for what docs/json.md says of it.
 *
 * @param words  of the command line: `download`, `org/name`, `--dry-run` …
 * @throws Error  it has a field that is not documented, or lacks one, or has another type
 */
export function expectDocument(words: readonly string[], document: unknown): void {
  const { command: name = 'no command that is documented', schema } = commandOf(words) ?? {};
  const shape = typeof document === 'object' && document !== null ? Object.keys(document) : [];
  if (!shape.includes('error')) check(schema, document, `hub ${name}`);
  else if (shape.every((field) => field in failedEarly.shape)) check(failedEarly, document, 'a run that fails');
  else check(schema?.extend(failure), document, `hub ${name}, a run that fails`);
}

/** The same of a line on stderr with `--progress json`. */
export function expectEvent(line: unknown): void {
  const { time, ...event } = line as { time?: unknown; type?: unknown };
  if (typeof time !== 'string' || new Date(time).toISOString() !== time) throw new Error(`no time: ${String(time)}`);
  const schema = events.find(({ shape }) => shape.type.value === event.type);
  check(schema, event, `the event ${String(event.type)}`);
}

function check(schema: z.ZodType | undefined, value: unknown, what: string): void {
  if (schema === undefined) throw new Error(`test/documents has no schema for ${what}: ${JSON.stringify(value)}`);
  const { error } = schema.safeParse(value);
  if (error === undefined) return;
  throw new Error(`${what}: not as test/documents and docs/json.md say\n${prettifyError(error)}`);
}

/** Whose document it is: of the commands whose words are there, the one with most of them. */
export function commandOf(words: readonly string[]): { command: string; schema: z.ZodObject } | undefined {
  const isCalled = (part: string, at: number) => (part.startsWith('--') ? words.includes(part) : words[at] === part);
  const [best] = documents
    .flatMap(({ commands, schema }) => commands.map((command) => ({ command, schema })))
    .filter(({ command }) => command.split(' ').every(isCalled))
    .sort((a, b) => b.command.length - a.command.length);
  return best;
}
