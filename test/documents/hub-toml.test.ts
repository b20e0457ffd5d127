import { parse } from 'smol-toml';
import { describe, expect, it, test } from 'vitest';
import { z } from 'zod';
import { UsageError } from '../../src/errors.js';
import { parseManifest } from '../../src/workspace/manifest.js';
import { defaultsSchema, entrySchema, manifestSchema } from '../../src/workspace/manifest-schema.js';
import { blocksOf, readmeText } from '../support/readme.js';
import { hubTomlSchema } from './hub-toml.js';

// `npm run docs:json` runs this test so that it writes the file.
test('docs/hub-toml.schema.json is what the schema says (else: npm run docs:json)', async () => {
  await expect(await hubTomlSchema()).toMatchFileSnapshot('../../docs/hub-toml.schema.json');
});

interface ObjectSchema {
  readonly properties: Readonly<
    Record<string, ObjectSchema & { readonly items: ObjectSchema; readonly enum?: string[] }>
  >;
}

const published = JSON.parse(await hubTomlSchema()) as ObjectSchema;

test('the keys are those that are read, each with a description', () => {
  const { properties } = published;
  expect(Object.keys(properties)).toEqual(Object.keys(manifestSchema.shape));
  expect(Object.keys(properties['defaults']?.properties ?? {})).toEqual(Object.keys(defaultsSchema.shape));
  const entry = properties['repo']?.items.properties ?? {};
  expect(Object.keys(entry)).toEqual(Object.keys(entrySchema.shape));
  for (const [key, schema] of Object.entries({ ...properties, ...entry })) {
    expect(schema, key).toMatchObject({ description: expect.stringMatching(/\.$/) as string });
  }
});

const valid = [
  '',
  'endpoints = []',
  'endpoints = ["https://hub.example/x", "http://localhost:8080"]',
  '[defaults]',
  '[defaults]\ninclude = []\nexclude = ["*.md"]\nframework = "tf"',
  'repo = []',
  '[[repo]]\nsource = "org/name"',
  '[[repo]]\nsource = "hf:org/name"\ntype = "model"\nrevision = "v1"\npaths = ["a/"]\ninclude = ["*"]\nexclude = []',
  '[[repo]]\nsource = "org/name"\nframework = "jax"\nvariant = "fp16"\nquant = "Q4_0"\nlocal-dir = "models/x"',
  '[[repo]]\nsource = "org/name"\nsubset = "a"\nsplit = "b"\nparquet = true',
  '[[repo]]\nsource = "org/name"\nsubset = ["a", "b"]\nsplit = []\nlocal-dir = "~x/..y"',
  ...['model', 'dataset', 'space', 'kernel'].map((type) => `[[repo]]\nsource = "org/name"\ntype = "${type}"`),
];

const invalid = [
  'endpoint = "https://hub.example"',
  'endpoints = "https://hub.example"',
  'endpoints = ["hub.example"]',
  'endpoints = [1]',
  'defaults = 1',
  '[defaults]\ntype = "model"',
  '[defaults]\nexclude = "*.md"',
  '[defaults]\nframework = "keras"',
  'repo = "org/name"',
  'repo = ["org/name"]',
  '[repo]\nsource = "org/name"',
  '[[repos]]\nsource = "org/name"',
  '[[repo]]',
  '[[repo]]\nsource = ""',
  ...[
    'exlude = []',
    'local_dir = "x"',
    'type = "models"',
    'revision = 1',
    'revision = ""',
    'paths = "a"',
    'paths = [""]',
    'include = "*"',
    'include = [1]',
    'exclude = [["*"]]',
    'framework = "Auto"',
    'variant = ""',
    'quant = 4',
    'subset = 1',
    'subset = [""]',
    'split = ""',
    'parquet = "yes"',
    'local-dir = ""',
    'local-dir = "/x"',
    "local-dir = '\\x'",
    'local-dir = "C:/x"',
    'local-dir = "~/x"',
    'local-dir = "../x"',
    'local-dir = 3',
  ].map((line) => `[[repo]]\nsource = "org/name"\n${line}`),
];

const schema = z.fromJSONSchema(published as Parameters<typeof z.fromJSONSchema>[0]);

describe('the published schema and what reads a hub.toml judge alike', () => {
  it.each([...valid.map((text) => [text, true] as const), ...invalid.map((text) => [text, false] as const)])(
    '%j: %j',
    (text, expected) => {
      // An editor sees TOML as JSON.
      const bySchema = schema.safeParse(JSON.parse(JSON.stringify(parse(text)))).success;
      expect({ bySchema, byReader: isTaken(text) }).toEqual({ bySchema: expected, byReader: expected });
    },
  );
});

function isTaken(text: string): boolean {
  try {
    parseManifest(text, 'hub.toml');
    return true;
  } catch (error) {
    if (error instanceof UsageError) return false;
    throw error;
  }
}

it.each(blocksOf(await readmeText('docs/project.md'), 'toml'))('docs/project.md shows what is taken: %j', (text) => {
  expect(isTaken(text)).toBe(true);
  expect(schema.safeParse(JSON.parse(JSON.stringify(parse(text)))).success).toBe(true);
});
