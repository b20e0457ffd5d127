import { chmod, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { newMachine, serve } from './support/machine.js';

const prepare = async () => newMachine(await serve({ repos: [] }));

test('config set, get, path and unset: the file is made for its owner alone, and said so', async () => {
  const machine = await prepare();
  const path = join(machine.home, '.config', 'model-hub', 'config.toml');
  const set = await machine.run('config', 'set', 'stall-timeout', '1m');
  expect(set).toMatchObject({ exitCode: 0, stdout: '', stderr: `stall-timeout is set in ${path}\n` });
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await machine.run('config', 'get', 'stall-timeout')).toMatchObject({ exitCode: 0, stdout: '60s\n' });
  expect(await machine.run('config', 'path')).toMatchObject({ exitCode: 0, stdout: `${path}\n` });
  const unset = await machine.run('config', 'unset', 'stall-timeout', '--json');
  expect(JSON.parse(unset.stdout)).toEqual({ schema: 1, configPath: path, key: 'stall-timeout', changed: true });
  expect(await readFile(path, 'utf8')).toBe('');
});

test('a file with mistakes can be mended, through a link, and keeps its mode', async () => {
  const machine = await prepare();
  const real = join(machine.home, 'dotfile.toml');
  const path = join(machine.home, 'link.toml');
  await writeFile(real, '# mine\nretires = 3\nretries = 4\n');
  await chmod(real, 0o644);
  await symlink(real, path);
  machine.environment['MODEL_HUB_CONFIG'] = path;
  expect((await machine.run('config', 'get', 'retries')).exitCode).toBe(2);
  expect((await machine.run('config', 'unset', 'retires')).exitCode).toBe(0);
  expect(await readFile(real, 'utf8')).toBe('# mine\nretries = 4\n');
  expect((await stat(real)).mode & 0o777).toBe(0o644);
  expect(await machine.run('config', 'get', 'retries')).toMatchObject({ exitCode: 0, stdout: '4\n' });
  const { exitCode, stderr } = await machine.run('config', 'set', 'retries', 'many');
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(/"many" is not/) as string });
  expect(await readFile(real, 'utf8')).toBe('# mine\nretries = 4\n');
});

test('a variable that counts more is told, and a token is neither taken nor repeated', async () => {
  const machine = await prepare();
  machine.environment['HUB_RETRIES'] = '7';
  const set = await machine.run('config', 'set', 'retries', '3');
  expect(set).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('HUB_RETRIES') as string });
  const token = 'hf_abcdefghijklmnop';
  const refused = await machine.run('config', 'set', 'token', token, '--json');
  expect(refused.exitCode).toBe(2);
  expect(refused.stdout + refused.stderr).not.toContain(token);
});

test('env: each setting, its value and its origin; no secret in it', async () => {
  const machine = await prepare();
  Object.assign(machine.environment, {
    HF_TOKEN: 'hf_abcdefghijklmnopqrstuv',
    https_proxy: 'http://ann:secret@proxy:3128',
  });
  const { exitCode, stdout, stderr } = await machine.run('env', '--retries', '3');
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(stdout).toMatch(/^retries +3 {2}\(--retries\)$/m);
  expect(stdout).toMatch(/^token +hf_\*\*\*stuv {2}\(HF_TOKEN\)$/m);
  expect(stdout).toMatch(/^stall-timeout +30s {2}\(default\)$/m);
  expect(stdout).not.toMatch(/secret|abcdefgh/);
  const { settings } = JSON.parse((await machine.run('env', '--json')).stdout) as { settings: Record<string, unknown> };
  expect(settings['cache-dir']).toEqual({ value: machine.cacheDir, origin: { kind: 'environment', name: 'HF_HOME' } });
  expect(settings['concurrency']).toEqual({ value: null, origin: { kind: 'default', name: '' } });
});

test('env --offline --sh: a shell that reads it asks no hub, and uses this cache', async () => {
  const machine = await prepare();
  machine.environment['HF_HUB_CACHE'] = join(machine.home, "it's here");
  const line = 'eval "$(hub env --offline --sh)"; printf "%s\\n" "$HF_HUB_CACHE" $HF_HUB_OFFLINE $TRANSFORMERS_OFFLINE';
  const { stdout } = await machine.shell(line);
  expect(stdout).toBe(`${machine.cacheDir}\n1\n1\n`);
  expect((await machine.run('env', '--sh')).exitCode).toBe(2);
});
