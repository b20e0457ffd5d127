// npm run screens: runs the real program in a terminal, against a hub on loopback, and keeps what stands there.
//   npm run screens                   writes docs/screens.md
//   npm run screens -- 60 120 200     prints the screens at these widths, to look at
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fixtureRepos } from '../hub-server/fixture-repos.js';
import { startHub } from '../hub-server/server.js';
import { masked } from './masked.js';
import { repos, scenes, type Scene, type Stage } from './scenes.js';
import { Terminal } from './terminal.js';

const rows = 30;
const introduction = `# Screens

What the main commands show on a terminal of 80 columns, colours apart. \`npm run screens\` runs the real program in tmux
against a hub on loopback and writes this page; \`npm run screens -- 60 200\` prints the same at other widths. Speeds,
times, ages and free space differ from run to run and are masked (\`·\`), so are ports. How far the bars are when a screen
is taken is held by the hub, but depends on the machine all the same: no test compares this page.
`;
const widths = process.argv.slice(2).map(Number);

if (widths.length === 0) {
  await writeFile('docs/screens.md', `${introduction}\n${(await screensAt(80)).join('\n')}`);
} else {
  for (const columns of widths) console.log((await screensAt(columns)).join('\n'));
}

/** All scenes, one after another on one machine, each as a section of markdown. */
async function screensAt(columns: number): Promise<string[]> {
  // As long as what stands for it on the page.
  const folder = await mkdtemp(join(tmpdir(), 'h-'));
  const hub = await startHub({ repos: [...(await fixtureRepos('fixtures')), ...repos()] });
  const bin = join(folder, 'bin');
  const environment = {
    PATH: [bin, process.env['PATH'] ?? ''].join(delimiter),
    HOME: folder,
    LC_ALL: 'C.UTF-8',
    HF_ENDPOINT: hub.endpoint,
  };
  const stage = { hub, environment, cacheDir: join(folder, '.cache', 'huggingface', 'hub') };
  try {
    await mkdir(bin);
    const program = `#!/bin/sh\nexec '${process.execPath}' '${process.cwd()}/bin/hub.js' "$@"\n`;
    await writeFile(join(bin, 'hub'), program, { mode: 0o755 });
    const sections: string[] = [];
    for (const scene of scenes) {
      const screen = await play(scene, stage, columns);
      sections.push(`## ${scene.title}\n\n\`\`\`console\n${masked(screen, { home: folder })}\n\`\`\`\n`);
    }
    return sections;
  } finally {
    await hub.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function play({ command, prepare, shows, press }: Scene, stage: Stage, columns: number): Promise<string> {
  await prepare?.(stage);
  const terminal = await Terminal.start(command, { columns, rows, environment: stage.environment });
  try {
    if (shows !== undefined) {
      const screen = await terminal.until(shows);
      if (press === undefined) return screen;
      await terminal.press(...press);
    }
    await terminal.exitCode();
    return await terminal.screen();
  } finally {
    await terminal.close();
  }
}
