import { format, resolveConfig } from 'prettier';
import { z } from 'zod';
import { codes } from './codes.js';
import { documents } from './documents.js';
import { events } from './events.js';
import { failure } from './failure.js';
import { fieldsInLine, tableOf, tablesOf } from './markdown.js';
import { warnings } from './warnings.js';

const path = 'docs/json.md';

/** The whole of docs/json.md. */
export async function jsonPage(): Promise<string> {
  const parts = [
    beginning,
    ...documents.flatMap(documentParts),
    failures,
    tablesOf(z.strictObject(failure)),
    ofSeveral,
    codeTable(),
    progress,
    eventTable(),
    '### Codes of warnings',
    tableOf(
      ['code', 'meaning'],
      warnings.map(({ code, meaning }) => [`\`${code}\``, meaning]),
    ),
  ];
  return format(parts.join('\n\n'), { ...(await resolveConfig(path)), filepath: path });
}

function documentParts({ commands, schema, before, example }: (typeof documents)[number]): string[] {
  return [
    `## ${commands.map((command) => `\`hub ${command}\``).join(', ')}`,
    ...(before === undefined ? [] : [before]),
    tablesOf(schema),
    ...(example === undefined ? [] : [`\`\`\`json\n${JSON.stringify(example, undefined, 2)}\n\`\`\``]),
  ];
}

function codeTable(): string {
  const rows = codes.map(({ code, exitCodes, meaning }) => [`\`${code}\``, exitCodes.join(', '), meaning]);
  return tableOf(['code', 'exit', 'meaning'], rows);
}

function eventTable(): string {
  const rows = events.map(({ shape: { type, ...fields }, description = '' }) => [
    `\`${type.value}\``,
    fieldsInLine(fields),
    description,
  ]);
  return tableOf(['type', 'fields', 'meaning'], rows);
}

const beginning = `
<!-- Made by \`npm run docs:json\` of what test/documents/ says. -->

# JSON: what scripts may rely on

\`--json\` (or \`--format json\`, \`HUB_JSON=1\`, \`json = true\` in the config file) puts exactly one document on stdout, also when the run fails. \`--progress json\` makes NDJSON of stderr. The two are independent.

- \`schema\` comes first and is 1. Under it, fields may be added; none is taken away and none changes its meaning.
- Sizes are in bytes, times of day in ISO 8601, durations in the unit that the field names.
- Control characters, and those that turn the writing direction, are written as \`\\u\` escapes.
- The exit code is the same with and without \`--json\`.
- \`hub cat\` has no document: stdout is the file, and \`--json\` a usage error (exit code 2). \`hub download <repo> <path> --json\` brings the same file and tells where it stands.

What is below comes from the schemas by which the tests judge the documents. \`a[].b\` is a field of each element of \`a\`, \`a.*.b\` of each value.`;

const failures = `
## A run that fails

The document has \`schema\`, what is known of the fields above, and the fields below. A download that got as far as knowing which files are wanted has all of the fields above, with \`complete: false\`, whatever ended it: a signal, a full disk, a hub that is away. A file that is not complete is \`failed\` then, and its \`error\` says why (\`interrupted\` after a signal). What failed before that has none of them.`;

const ofSeveral = `
Of several failures, \`error\` is the one that decides the exit code; the others stand in \`files\`.

### Codes`;

const progress = `
## \`--progress json\`

Every line of stderr is one JSON object with \`time\` (ISO 8601) and \`type\`. New types and fields may come; skip those that you don't know.`;
