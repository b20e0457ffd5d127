import { expect, inject, test } from 'vitest';
import { newMachine, serve } from '../e2e/support/machine.js';
import { programWords } from '../e2e/support/program-under-test.js';
import { nodeOf, oldNodes } from './nodes.js';

test.each(oldNodes)('Node %s reads the program in either form, and is told that it is too old', async (version) => {
  const machine = await newMachine(await serve({ repos: [] }));
  for (const file of [...programWords().slice(1), inject('oneFile')]) {
    machine.program = [nodeOf(version), file];
    for (const words of [['download', 'org/name'], ['--version']]) {
      const { exitCode, stdout, stderr } = await machine.run(...words);
      expect({ exitCode, stdout }, stderr).toEqual({ exitCode: 1, stdout: '' });
      expect(stderr).toMatch(/^error: hub needs Node 20\.18\.1 or newer, and this is Node 1\d\.\d+\.\d+\nhint: .+\n$/);
    }
  }
});
