import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { readFile, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { testEveryPart } from '../e2e/support/every-part.js';
import { newMachine, serve } from '../e2e/support/machine.js';
import { programWords } from '../e2e/support/program-under-test.js';

const [executable] = programWords();
const folder = dirname(executable);
const names = readdirSync(folder).filter((name) => name.startsWith('hub-'));

/** The first bytes of a program, and the machine that it is for: ELF and PE as their headers tell. */
const kinds: Readonly<Record<string, (bytes: Buffer) => boolean>> = {
  'hub-linux-x64': (bytes) => bytes.readUInt32BE() === 0x7f454c46 && bytes.readUInt16LE(18) === 62,
  'hub-linux-arm64': (bytes) => bytes.readUInt32BE() === 0x7f454c46 && bytes.readUInt16LE(18) === 183,
  'hub-win-x64.exe': (bytes) => bytes.readUInt16LE(bytes.readUInt32LE(0x3c) + 4) === 0x8664,
};

describe.each(names)('%s', (name) => {
  test('is a program of its platform that has our code inside, and the sum that is told', async () => {
    const bytes = await readFile(join(folder, name));
    expect(kinds[name]?.(bytes)).toBe(true);
    // Node's own mark, which it turns from 0 to 1.
    expect(bytes.includes('NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2:1')).toBe(true);
    const program = await readFile(join(folder, '..', 'hub.mjs'));
    expect(bytes.includes(program.subarray(program.indexOf('\n')))).toBe(true);
    const sums = await readFile(join(folder, 'SHA256SUMS'), 'utf8');
    expect(sums.split('\n')).toContain(`${createHash('sha256').update(bytes).digest('hex')}  ${name}`);
  });
});

test('the notices have the licence of Node, too', async () => {
  expect(await readFile(join(folder, 'THIRD-PARTY-NOTICES.md'), 'utf8')).toMatch(/^## Node\.js \d+\.\d+\.\d+$/m);
});

describe('the executable of this platform', () => {
  testEveryPart();

  test.skipIf(process.platform === 'win32')('needs no Node, and knows its own place', async () => {
    const machine = await newMachine(await serve({ repos: [] }));
    const link = join(machine.home, 'hub');
    await symlink(executable, link);
    machine.environment['PATH'] = machine.home;
    machine.program = ['hub'];
    expect((await machine.run('doctor')).stdout).toContain(`program     ${link}`);
  });
});
