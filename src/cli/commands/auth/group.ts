import type { Command } from 'commander';
import type { Cli } from '../../cli.js';
import { groupCommand, type GroupVerb } from '../../verb-group.js';

const verbs: readonly GroupVerb[] = [
  {
    name: 'login',
    summary: 'stores an access token, once the hub has accepted it',
    load: async () => (await import('./login.js')).loginCommand,
  },
  {
    name: 'logout',
    summary: 'removes the stored token',
    load: async () => (await import('./logout.js')).logoutCommand,
  },
  {
    name: 'whoami',
    summary: 'whose token is in use',
    load: async () => (await import('./whoami.js')).whoamiCommand,
  },
];

/** `hub auth`. */
export function authCommand(cli: Cli, words: readonly string[]): Promise<Command> {
  const description = 'Logs in and out. The token is kept where the Hugging Face tools keep it.';
  return groupCommand({ name: 'auth', description, verbs, examples }, cli, words);
}

const examples = `
Examples:
  $ hub auth login
  $ hub auth login < ~/token.txt
  $ hub auth whoami`;
