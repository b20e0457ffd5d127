import { existsSync } from 'node:fs';
import { UsageError } from '../../../errors.js';
import { editConfig } from '../../../operations/edit-config.js';
import { probeEndpoints, type ProbedEndpoint } from '../../../operations/probe-endpoints.js';
import { frameworks } from '../../../repo/frameworks.js';
import { setKey, unsetKey } from '../../../settings/config-text.js';
import { describeSettings, type DescribedSetting } from '../../../settings/describe.js';
import { homeFolder } from '../../../settings/home-folder.js';
import { namedFolder } from '../../../settings/paths.js';
import { readSettings } from '../../../settings/read-settings.js';
import type { Answer, Session } from '../../cli.js';
import { askForLine, canAsk, type Terminal } from '../../confirm.js';
import { escapeControl } from '../../text.js';
import { tellOverride } from './config-work.js';

/** Those that everybody may ask; the first is the hub itself. */
const knownEndpoints = ['https://huggingface.co', 'https://hf-mirror.com'];

/** A key of the config file, and what is asked for it. */
interface ConfigQuestion {
  readonly key: string;
  readonly text: string;
  /** What Enter takes; nothing: the key is not set. */
  readonly preset: readonly string[];
  /** The file says so already. */
  readonly isPresetInFile: boolean;
  readonly read: (typed: string) => readonly string[];
}

/** Looks at the endpoints, asks, and writes the config file: only when all questions are answered. */
export async function answerInit(session: Session): Promise<Answer> {
  const { configPath, settings } = session;
  const terminal = session.terminal();
  if (!settings.yes && !canAsk(terminal)) {
    throw new UsageError('there is nobody to ask: this needs a terminal, and no --quiet', {
      hint: 'Set single keys with "hub config set <key> <value>", or take all defaults with -y (--yes).',
    });
  }
  const current = await currentSettings(session);
  const probed = settings.offline
    ? []
    : await probeEndpoints(endpointsToProbe(current('endpoints')), { context: session });
  const lines = probeLines(probed);
  const questions = questionsFor(current, probed);
  const answers = settings.yes ? questions.map(({ preset }) => preset) : await askAll(questions, lines, terminal);
  const document = { configPath, endpoints: probed };
  if (answers === undefined) {
    return { document: { ...document, changed: false, declined: true }, text: undefined, summary: ['nothing written'] };
  }
  const changes = questions.flatMap((question, index) => {
    const words = answers[index] ?? [];
    return question.isPresetInFile && isSame(words, question.preset) ? [] : [{ key: question.key, words }];
  });
  const changed = await editConfig(configPath, (text) =>
    changes.reduce((it, { key, words }) => (words.length === 0 ? unsetKey(it, key) : setKey(it, key, words)), text),
  );
  for (const { key, words } of changes) if (words.length > 0) tellOverride(key, session);
  const written = `${changed ? 'written' : 'nothing to change'}: ${escapeControl(configPath)}`;
  return {
    document: { ...document, changed, declined: false },
    text: undefined,
    summary: settings.yes ? [...lines, written] : [written],
  };
}

/** A setting of the config file, else what counts without it. @throws UsageError  mistakes in the file */
async function currentSettings(session: Session): Promise<(name: string) => DescribedSetting> {
  const { configPath } = session;
  const inFile = existsSync(configPath)
    ? await readSettings({
        flags: {},
        environment: { MODEL_HUB_CONFIG: configPath },
        homeDir: homeFolder(),
        platform: process.platform,
      })
    : session;
  const fromFile = describeSettings(inFile).filter(({ origin }) => origin.kind === 'file');
  const others = describeSettings(session);
  const given = others.filter(({ origin }) => origin.kind === 'flag');
  return (name) => {
    const found = [...given, ...fromFile, ...others].find((it) => it.name === name);
    if (found === undefined) throw new Error(`there is no setting ${name}`);
    return found;
  };
}

function endpointsToProbe({ text, origin }: DescribedSetting): readonly string[] {
  return origin.kind === 'flag' ? text : [...new Set([...knownEndpoints, ...text])];
}

function questionsFor(
  current: (name: string) => DescribedSetting,
  probed: readonly ProbedEndpoint[],
): readonly ConfigQuestion[] {
  const question = (key: string, text: string, read: ConfigQuestion['read']): ConfigQuestion => {
    const { text: preset, origin } = current(key);
    return { key, text, preset, isPresetInFile: origin.kind === 'file', read };
  };
  const asOneWord = (typed: string) => [typed];
  const endpoints = question('endpoints', 'Endpoints, tried in this order; the first gets your token', (typed) =>
    typed.split(/[\s,]+/),
  );
  return [
    { ...endpoints, preset: presetEndpoints(current('endpoints'), probed) },
    question('cache-dir', 'Cache', (typed) => [namedFolder(typed)]),
    question('framework', `Weights of which framework (auto, all, ${frameworks.join(', ')})`, asOneWord),
    question('limit-rate', 'Bytes a second at most (20MB), or none', (typed) => (typed === 'none' ? [] : [typed])),
  ];
}

/** What somebody has chosen stays chosen; of the others, and of flags, those that answer. */
function presetEndpoints({ text, origin }: DescribedSetting, probed: readonly ProbedEndpoint[]): readonly string[] {
  if (origin.kind === 'file' || origin.kind === 'environment') return text;
  const answering = probed.flatMap(({ endpoint, ms }) => (ms === null ? [] : endpoint));
  return answering.length === 0 ? text : answering;
}

/** @returns undefined at the end of the input */
async function askAll(
  questions: readonly ConfigQuestion[],
  lines: readonly string[],
  terminal: Terminal,
): Promise<(readonly string[])[] | undefined> {
  const answers: (readonly string[])[] = [];
  let before = lines;
  for (const question of questions) {
    const words = await askOne(question, before, terminal);
    if (words === undefined) return undefined;
    answers.push(words);
    before = [];
  }
  return answers;
}

/** Until the answer is one that the key can have. */
async function askOne(
  { key, text, preset, read }: ConfigQuestion,
  before: readonly string[],
  terminal: Terminal,
): Promise<readonly string[] | undefined> {
  const prompt = `${text} [${preset.length === 0 ? 'none' : preset.join(' ')}]:`;
  let lines = before;
  for (;;) {
    const typed = await askForLine(prompt, lines, terminal);
    if (typed === undefined) return undefined;
    if (typed.trim() === '') return preset;
    const words = read(typed.trim());
    const fault = faultOf(key, words);
    if (fault === undefined) return words;
    lines = [escapeControl(fault)];
  }
}

function faultOf(key: string, words: readonly string[]): string | undefined {
  if (words.length === 0) return undefined;
  try {
    setKey('', key, words);
    return undefined;
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
}

function probeLines(probed: readonly ProbedEndpoint[]): string[] {
  const width = Math.max(...probed.map(({ endpoint }) => endpoint.length));
  return probed.map(({ endpoint, ms, reason = '' }) => {
    const answer = ms === null ? escapeControl(reason) : `answers in ${String(ms)} ms`;
    return `${endpoint.padEnd(width)}  ${answer}`;
  });
}

function isSame(words: readonly string[], others: readonly string[]): boolean {
  return words.join('\n') === others.join('\n');
}
