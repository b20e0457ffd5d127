import { spawnSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { newMachine, serve, type Machine } from './support/machine.js';

const hasShell = (shell: string) => spawnSync(shell, ['--version']).status === 0;

/** A user with `hub` in the PATH, and one repo in the cache. */
async function prepare(): Promise<Machine> {
  const machine = await newMachine(await serve({ repos: [] }));
  const commit = 'a'.repeat(40);
  for (const folder of ['refs', join('snapshots', commit)]) {
    await mkdir(join(machine.repo('org/name'), folder), { recursive: true });
  }
  await writeFile(join(machine.repo('org/name'), 'refs', 'main'), commit);
  await machine.shell(
    'mkdir bin; declare -f hub > bin/hub; echo \'hub "$@"\' >> bin/hub; sed -i "1i #!/bin/bash" bin/hub; chmod +x bin/hub',
  );
  machine.environment['PATH'] = `${join(machine.home, 'bin')}:${machine.environment['PATH'] ?? ''}`;
  machine.environment['XDG_CONFIG_HOME'] = join(machine.home, 'config');
  return machine;
}

test.skipIf(!hasShell('bash'))(
  'bash completes verbs, flags, choices, repos and revisions, and leaves paths alone',
  async () => {
    const machine = await prepare();
    // As readline calls it, which begins a word anew at each `@`.
    await writeFile(
      join(machine.home, 'complete.bash'),
      `source <(hub completion bash)
complete_line() {
  COMP_LINE="$1" COMP_POINT=\${#1}
  _hub
  printf '%s -> %s\\n' "$1" "\${COMPREPLY[*]}"
}
for line in 'hub down' 'hub cache v' 'hub download ' 'hub download org/name@m' 'hub download --type d' \\
  'hub download --stall' 'hub download --local-dir /' ; do complete_line "$line"; done
`,
    );
    const { stdout, stderr } = await machine.shell('bash complete.bash');
    expect(stderr).toBe('');
    expect(stdout.split('\n').slice(0, -1)).toEqual([
      'hub down -> download',
      'hub cache v -> verify',
      'hub download  -> org/name',
      'hub download org/name@m -> @main',
      'hub download --type d -> dataset',
      'hub download --stall -> --stall-timeout',
      'hub download --local-dir / -> ',
    ]);
  },
);

test.skipIf(!hasShell('fish'))('fish completes them too, and says what each is', async () => {
  const machine = await prepare();
  const { stdout } = await machine.shell(
    `fish -c 'hub completion fish | source; complete -C "hub down"; complete -C "hub download org/name@m"'`,
  );
  expect(stdout).toMatch(/^download\ta repo/m);
  expect(stdout).toMatch(/^org\/name@main$/m);
});

test.skipIf(!hasShell('zsh'))('zsh completes them too', async () => {
  const machine = await prepare();
  await writeFile(
    join(machine.home, 'complete.zsh'),
    `zmodload zsh/zpty
zpty shell zsh -f
zpty -w shell 'PS1=; autoload -U compinit; compinit -u -D; eval "$(hub completion zsh)"; echo rea''dy'
zpty -r shell seen '*ready*'
zpty -w -n shell $'hub download org/name@m\\t'
zpty -r shell seen '*@main*'
print -r -- "$seen"
zpty -d shell
`,
  );
  const { stdout } = await machine.shell('timeout 20 zsh -f complete.zsh');
  expect(stdout).toContain('org/name@main');
});

test('an unknown shell is a usage error, and what cannot be completed is nothing', async () => {
  const machine = await prepare();
  expect((await machine.run('completion', 'tcsh')).exitCode).toBe(2);
  expect(await machine.run('__complete', 'download', 'org/name@@@', '')).toMatchObject({ exitCode: 0, stdout: '' });
});
