import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { expectDocument } from '../documents/expect-document.js';
import { newMachine, serve } from './support/machine.js';

const prepare = async () => {
  const hub = await serve({ repos: [] });
  return { hub, machine: await newMachine(hub) };
};

test('add makes hub.toml out of what was said, prints its path, and asks no hub', async () => {
  const { hub, machine } = await prepare();
  const path = join(machine.home, 'hub.toml');
  machine.environment['HUB_FRAMEWORK'] = 'auto';
  await mkdir(join(machine.home, 'sub'));
  const lines = [
    'hub add facebook/opt-13b@v1.0 config.json -x "*.h5" --framework pt --local-dir ~/models',
    `cd sub; hub add ${hub.endpoint}/datasets/org/name/tree/main/data --allow "*.csv" --split train`,
    'cd sub; hub add org/quantised:Q4_K_M',
    'hub add org/name --parquet -q',
  ];
  for (const line of lines) {
    const { exitCode, stdout, stderr } = await machine.shell(line);
    expect({ exitCode, stdout }, stderr).toEqual({ exitCode: 0, stdout: `${path}\n` });
    expect(stderr === '', line).toBe(line.endsWith('-q'));
  }
  expect(await readFile(path, 'utf8')).toBe(`[[repo]]
source = "hf:facebook/opt-13b"
revision = "v1.0"
paths = ["config.json"]
exclude = ["*.h5"]
framework = "pytorch"
local-dir = "models"

[[repo]]
source = "hf:datasets/org/name"
revision = "main"
paths = ["data/"]
include = ["*.csv"]
split = ["train"]

[[repo]]
source = "hf:org/quantised"
quant = "Q4_K_M"

[[repo]]
source = "hf:datasets/org/name"
parquet = true
`);
  expect(hub.requests).toEqual([]);
});

test('add says in its document whether anything was to add; what it refuses is exit code 2', async () => {
  const { machine } = await prepare();
  for (const added of [true, false]) {
    const { exitCode, stdout } = await machine.shell('hub add org/name --json');
    expect(exitCode).toBe(0);
    expectDocument(['add'], JSON.parse(stdout));
    expect(JSON.parse(stdout)).toMatchObject({ added, manifest: join(machine.home, 'hub.toml') });
  }
  const refused = [
    'hub add org/name --quant Q4_0 -t dataset',
    'hub add',
    'hub add org/name --local-dir /',
    'hub add a/b/c',
  ];
  for (const line of refused) expect(await machine.shell(line), line).toMatchObject({ exitCode: 2, stdout: '' });
});

test('a flag for weights has no effect on what has none, as in a download', async () => {
  const { machine } = await prepare();
  const { exitCode, stderr } = await machine.shell('hub add datasets/org/name --framework auto');
  expect({ exitCode, stderr }).toMatchObject({
    exitCode: 0,
    stderr: expect.stringContaining('no effect: --framework') as string,
  });
  expect(await readFile(join(machine.home, 'hub.toml'), 'utf8')).toBe('[[repo]]\nsource = "hf:datasets/org/name"\n');
});
