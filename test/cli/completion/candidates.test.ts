import { Argument, Command, Option } from 'commander';
import { describe, expect, test } from 'vitest';
import { candidatesFor, type KnownNames } from '../../../src/cli/completion/candidates.js';

const known: KnownNames = {
  repos: () => ['gpt2', 'org/name', 'datasets/org/name'],
  revisions: (repo) => (repo === 'org/name' ? ['main', 'refs/pr/1'] : []),
  configKeys: () => ['retries', 'retry-for'],
};

const program = new Command('hub')
  .addCommand(
    new Command('download')
      .summary('a repo')
      .argument('<repo>')
      .argument('[paths...]')
      .addOption(new Option('-t, --type <type>', 'its type').choices(['model', 'dataset']))
      .option('-r, --revision <rev>', 'which')
      .option('--local-dir <dir>', 'where to')
      .option('--dry-run', 'only look'),
  )
  .addCommand(
    new Command('config')
      .summary('settings')
      .addCommand(new Command('get').summary('one').argument('<key>'))
      .addCommand(new Command('hidden').argument('<key>'), { hidden: true }),
  )
  .addCommand(new Command('completion').summary('this').addArgument(new Argument('<shell>').choices(['bash', 'zsh'])));

const wordsFor = (line: string) => candidatesFor(program, line.split(' '), known).map(({ word }) => word);

describe('candidatesFor', () => {
  test.each<[line: string, words: string[]]>([
    ['', ['download', 'config', 'completion', 'help']],
    ['co', ['config', 'completion']],
    ['config ', ['get', 'help']],
    ['config get retr', ['retries', 'retry-for']],
    ['completion ', ['bash', 'zsh']],
    ['download ', ['gpt2', 'org/name', 'datasets/org/name']],
    ['download o', ['org/name']],
    ['download org/name@', ['org/name@main', 'org/name@refs/pr/1']],
    ['download org/name@m', ['org/name@main']],
    ['download --', ['--type', '--revision', '--local-dir', '--dry-run', '--help']],
    ['download --ty', ['--type']],
    ['download --type ', ['model', 'dataset']],
    ['download -t d', ['dataset']],
    ['download org/name --revision ', ['main', 'refs/pr/1']],
    ['download --dry-run g', ['gpt2']],
    ['download --type model g', ['gpt2']],
    ['download gpt2', []],
    // Paths, which the shell knows.
    ['download org/name ', []],
    ['download --local-dir ', []],
    ['download --revision ', []],
    ['config get retries x', []],
    ['unknown ', []],
  ])('of "%s": %j', (line, words) => {
    expect(wordsFor(line)).toEqual(words);
  });

  test('each verb and flag says what it is', () => {
    expect(candidatesFor(program, ['down'], known)).toEqual([{ word: 'download', description: 'a repo' }]);
    expect(candidatesFor(program, ['download', '--dr'], known)).toEqual([
      { word: '--dry-run', description: 'only look' },
    ]);
  });
});
