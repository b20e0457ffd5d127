import { existsSync } from 'node:fs';
import { abortReason, HubError, Interrupted, ExitCode } from '../errors.js';
import type { Tell } from '../events.js';
import { homeFolder } from '../settings/home-folder.js';
import type { SettingsSources, SettingsWithOrigins } from '../settings/read-settings.js';
import type { Settings } from '../settings/settings.js';
import { errorDocument, schema } from './documents.js';
import { asHubError, stackLines } from './defect.js';
import type { Question, Terminal } from './confirm.js';
import { earlySettings } from './early-settings.js';
import { writeOut, writeResult } from './output.js';
import { createReport, type ReportSettings } from './report/choose.js';
import type { Report } from './report/report.js';
import { continueCommand, shellQuote } from './shell.js';
import { escapeControl, stringifyForTerminal } from './text.js';

/** What a command's work is given. */
export interface Session {
  readonly settings: Settings;
  /** Where each of them came from. */
  readonly origins: SettingsWithOrigins['origins'];
  readonly configPath: string;
  readonly tell: Tell;
  readonly signal: AbortSignal;
  /** Names the folder in which an interrupted run leaves what has arrived. */
  readonly keepsPartialsIn: (folder: string) => void;
  /** Asks for a yes on the terminal. @throws UsageError where nobody can be asked, and the signal's reason */
  readonly confirm: (question: Question) => Promise<boolean>;
  /** To ask on, for what is more than a yes. From then on nothing is drawn on it. */
  readonly terminal: () => Terminal;
  /** A secret: typed on the terminal without an echo, else all of stdin. @throws UsageError, and the signal's reason */
  readonly readSecret: (prompt: string) => Promise<string>;
  /** Of the terminal on stdout; undefined where a pipe or a file is there. */
  readonly columns: number | undefined;
  readonly stdin: NodeJS.ReadStream;
  /** For a result that is a stream of bytes. */
  readonly stdout: NodeJS.WriteStream;
}

/** What a command's work brings. */
export interface Answer {
  /** For `--json`, without its `schema`. */
  readonly document: object;
  /** For stdout without `--json`, without its last newline; undefined where the result has gone there already. */
  readonly text: string | undefined;
  /** On a terminal, where lines of `text` go on that are too long for it; without it they are left to the terminal. */
  readonly foldIndent?: number;
  /** Instead of `text`: puts the result on stdout, once nothing else writes to the terminal. */
  readonly print?: () => Promise<void>;
  /** The last lines on stderr. */
  readonly summary?: readonly string[];
  /** Of a report, which is the result whatever the exit code is: what the run ends with all the same. */
  readonly failure?: HubError;
  /** Words that the command needs besides, to go on from that failure. */
  readonly continueWith?: readonly string[];
}

/** What a command knows about a failure beyond the error itself. */
export interface FailureReport extends Pick<Answer, 'continueWith'> {
  /** What the document says before `error`. */
  readonly document: object;
  /** Lines for stderr, below the message. */
  readonly details: readonly string[];
}

/** @param told  as what the failure is told: the signal's reason where there was one */
export type Explain = (thrown: unknown, told: HubError) => FailureReport | undefined;

export interface CliOptions {
  /** As the user called it: `hub` or `model-hub`. */
  readonly program: string;
  readonly argv: readonly string[];
  readonly signal: AbortSignal;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

/** Runs a command's work: settings before it, report around it, result or failure after it. */
export class Cli {
  exitCode: ExitCode = ExitCode.done;
  private talk: ReportSettings & { readonly json: boolean };
  private report: Report | undefined;
  private partials: string | undefined;
  /** Of the token that the hub is asked with; undefined for one that was typed. */
  private tokenOrigin: string | undefined;

  constructor(private readonly options: CliOptions) {
    // Good enough until the settings are read, and for a command line that can't be.
    this.talk = earlySettings(options.argv, options.environment);
  }

  /**
   * @param flags  the settings among the command's flags, by their names in camelCase
   * @param explain  what the command knows about a failure of its operation
   */
  async run(
    flags: Readonly<Record<string, unknown>>,
    work: (session: Session) => Promise<Answer>,
    explain?: Explain,
  ): Promise<void> {
    return this.work({ flags }, work, explain);
  }

  /** As `run`, for what mends the config file: whatever is wrong in it does not stop it. */
  async runBesideConfig(
    flags: Readonly<Record<string, unknown>>,
    work: (session: Session) => Promise<Answer>,
  ): Promise<void> {
    return this.work({ flags, configFile: 'unread' }, work);
  }

  private async work(
    sources: Pick<SettingsSources, 'flags' | 'configFile'>,
    work: (session: Session) => Promise<Answer>,
    explain?: Explain,
  ): Promise<void> {
    const { signal, environment, stdin, stdout } = this.options;
    leaveParserPlain();
    try {
      const { readSettings } = await import('../settings/read-settings.js');
      const { settings, origins, configPath, warnings } = await readSettings({
        ...sources,
        environment,
        homeDir: homeFolder(),
        platform: process.platform,
      });
      this.talk = settings;
      this.tokenOrigin = origins.token.name;
      const report = await this.openReport();
      for (const message of warnings) report.tell({ type: 'warning', code: 'settings', message });
      signal.throwIfAborted();
      const answer = await work({
        settings,
        origins,
        configPath,
        tell: report.tell,
        signal,
        keepsPartialsIn: (folder) => (this.partials = folder),
        confirm: (question) => this.confirm(question, settings, report),
        terminal: () => this.terminal(settings, report),
        readSecret: (prompt) => this.readSecret(prompt, settings, report),
        columns: stdout.isTTY ? stdout.columns : undefined,
        stdin,
        stdout,
      });
      report.close();
      report.summary(answer.summary ?? []);
      const { document, failure, print } = answer;
      await print?.();
      // A failure is told, whatever becomes of the report.
      const write = failure === undefined ? writeResult : writeOut;
      if (!this.talk.json && answer.text !== undefined) await write(stdout, `${await this.shown(answer)}\n`);
      if (failure !== undefined) await this.fail(failure, () => ({ ...answer, details: [] }));
      else if (this.talk.json) await write(stdout, documentText(document));
    } catch (error) {
      await this.fail(error, explain);
    }
  }

  /** Tells a failure on stderr, and with `--json` on stdout. Never throws. */
  async fail(thrown: unknown, explain?: Explain): Promise<void> {
    const error = this.asHubError(thrown);
    this.exitCode = error.exitCode;
    const explained = explain?.(thrown, error);
    const words = [...this.wordsToGoOn(error), ...(explained?.continueWith ?? [])];
    const command = continueCommand(this.options.program, words);
    const details = [
      ...(error.code === 'bad-token' ? this.whoseToken() : []),
      ...(explained?.details ?? []),
      ...((error.retryable || explained !== undefined) && !isForUser(error) ? ['To go on:', `  ${command}`] : []),
      ...(error instanceof Interrupted ? this.howToDrop() : []),
      ...(this.wantsStack ? stackLines(error) : []),
    ];
    const report = this.report ?? (await this.openReport());
    report.close();
    report.failure(error, details);
    if (this.talk.json) {
      const document = { ...explained?.document, error: errorDocument(error), continue: command };
      await writeOut(this.options.stdout, documentText(document));
    }
  }

  /** Gives the terminal back at once, for a process that is about to be ended. */
  close(): void {
    this.report?.close();
  }

  private async confirm(question: Question, settings: Settings, report: Report): Promise<boolean> {
    const { askForYes } = await import('./confirm.js');
    return askForYes(question, this.terminal(settings, report));
  }

  private async readSecret(prompt: string, settings: Settings, report: Report): Promise<string> {
    this.tokenOrigin = undefined;
    const { readSecret } = await import('./read-secret.js');
    return readSecret(prompt, this.terminal(settings, report));
  }

  private terminal({ quiet }: Settings, report: Report): Terminal {
    const { stdin, stderr, signal } = this.options;
    // Bars would draw over a question.
    report.close();
    return { stdin, stderr, signal, quiet };
  }

  private async openReport(): Promise<Report> {
    const { stderr, environment } = this.options;
    this.report = await createReport(this.talk, { stderr, environment });
    return this.report;
  }

  private asHubError(thrown: unknown): HubError {
    if (this.options.signal.aborted && !(thrown instanceof Interrupted)) return abortReason(this.options.signal);
    return asHubError(thrown);
  }

  /** What is not in the cache comes only with a network. */
  private wordsToGoOn({ exitCode }: HubError): readonly string[] {
    const { argv } = this.options;
    return exitCode === ExitCode.offline ? argv.filter((word) => !offlineWords.includes(word)) : argv;
  }

  private get wantsStack(): boolean {
    return this.talk.verbose || Boolean(this.options.environment['DEBUG']);
  }

  /** A path is data for a script, and foreign text for a terminal. */
  private async shown({ text = '', foldIndent }: Answer): Promise<string> {
    const { stdout } = this.options;
    if (!stdout.isTTY) return text;
    const lines = text.split('\n').map(escapeControl);
    if (foldIndent === undefined) return lines.join('\n');
    const { foldLine } = await import('./fold.js');
    return lines.flatMap((line) => foldLine(line, { columns: stdout.columns, indent: foldIndent })).join('\n');
  }

  private whoseToken(): string[] {
    return this.tokenOrigin === undefined ? [] : [`the token comes from ${escapeControl(this.tokenOrigin)}`];
  }

  private howToDrop(): string[] {
    if (this.partials === undefined || !existsSync(this.partials)) return [];
    return ['To drop what has arrived instead, delete this folder:', `  ${shellQuote(this.partials)}`];
  }
}

/** The same command would end in the same way. */
function isForUser({ exitCode }: HubError): boolean {
  return exitCode === ExitCode.differs;
}

const offlineWords = ['--offline', '--local-files-only', '--local_files_only'];

/**
 * Node 20 optimises undici's parser, which is WebAssembly, at its first answer: 50 ms of a thread, for which the exit waits.
 */
function leaveParserPlain(): void {
  if (process.version.startsWith('v20.')) process.getBuiltinModule('node:v8').setFlagsFromString('--liftoff-only');
}

function documentText(document: object): string {
  return `${stringifyForTerminal({ schema, ...document }, 2)}\n`;
}
