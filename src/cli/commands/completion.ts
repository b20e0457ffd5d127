import { Argument, Command } from 'commander';
import type { Cli } from '../cli.js';
import { shells, type Shell } from '../completion/shells.js';
import { addTalkOptions, settingFlags, type ParsedFlags } from './setting-options.js';

export function completionCommand(cli: Cli): Command {
  const command = new Command('completion')
    .description('Prints what makes a shell complete verbs, flags, and the repos and revisions of your cache.')
    .addArgument(new Argument('<shell>').choices(shells));
  return addTalkOptions(command)
    .addHelpText('after', examples)
    .action(async (shell: Shell, flags: ParsedFlags) => {
      const { scripts } = await import('../completion/shells.js');
      const text = scripts[shell];
      await cli.runBesideConfig(settingFlags(flags), () =>
        Promise.resolve({ document: { shell, script: text }, text: text.trimEnd() }),
      );
    });
}

const examples = `
Examples:
  $ hub completion bash > ~/.local/share/bash-completion/completions/hub
  $ echo 'eval "$(hub completion zsh)"' >> ~/.zshrc
  $ hub completion fish > ~/.config/fish/completions/hub.fish`;
