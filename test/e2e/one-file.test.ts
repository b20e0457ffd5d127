import { readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, inject, test } from 'vitest';
import { testEveryPart } from './support/every-part.js';
import { newMachine, serve } from './support/machine.js';

describe('the program in one file, with nothing beside it', () => {
  testEveryPart(() => [process.execPath, inject('oneFile')]);

  test.skipIf(process.platform === 'win32')('is a program itself, by a link in the PATH too', async () => {
    const machine = await newMachine(await serve({ repos: [] }));
    const link = join(machine.home, 'hub');
    await symlink(inject('oneFile'), link);
    for (const word of [inject('oneFile'), link]) {
      machine.program = [word];
      expect(await machine.run('--help'), word).toMatchObject({ exitCode: 0, stderr: '' });
    }
    machine.environment['PATH'] = `${machine.home}:${machine.environment['PATH'] ?? ''}`;
    machine.program = ['hub'];
    expect((await machine.run('doctor')).stdout).toContain(`program     ${link}`);
  });

  test('carries its licence, and that of each package whose code is inside', async () => {
    const text = await readFile(inject('oneFile'), 'utf8');
    expect(text.slice(0, 300)).toMatch(/\/\/ model-hub-cli .* at the end/);
    expect(text).toContain('// MIT License');
    for (const name of ['commander', 'minimatch', 'undici', 'yaml', 'zod']) {
      expect(text).toMatch(new RegExp(`^// ## ${name} `, 'm'));
    }
  });
});
