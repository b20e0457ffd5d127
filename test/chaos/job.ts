import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { RunningProgram } from '../e2e/support/running-program.js';
import { unreadNow } from '../e2e/support/unread-bytes.js';
import { repoId, type ChaosHub } from './chaos-hub.js';
import type { Client } from './clients.js';
import { wrongThings, type Cache } from './judge.js';
import type { PlannedKill, SeedPlan } from './plan.js';

/** So many runs of one command must do it, those that were killed included. */
const mostRuns = 3;
/** A run that takes longer hangs: what it has to do takes 20 s, on a machine with nothing else to do. */
const longestRunMs = 120_000;
const longestRunOfPeerMs = 60_000;

/** The runs of one command in one home, killed when the plan says so. */
export class Job {
  readonly problems: string[] = [];
  readonly failedRuns: number[] = [];
  /** What each run told, in the order in which they ended. */
  readonly said: string[] = [];
  readonly cache: Cache;
  runs = 0;
  hung = 0;
  kills = 0;
  killsWhileBytesFlowed = 0;
  /** Of what was sent: stood in socket buffers when the process was killed. */
  bytesUnread = 0;
  isDone = false;
  lastWords = '';
  readonly #options: JobOptions;
  readonly #living = new Set<RunningProgram>();
  readonly #endings = new Set<Promise<void>>();
  readonly #killsToCome: PlannedKill[];
  #isKilling = false;
  #startsSecond: boolean;

  constructor(options: JobOptions) {
    const { plan, chaos, folder } = options;
    this.#options = options;
    this.#killsToCome = [...plan.kills];
    this.#startsSecond = plan.secondAfterBytes !== undefined;
    this.cache = { repo: join(folder, 'hf', 'hub', `models--${repoId.replace('/', '--')}`), hub: chaos.hub, plan };
    mkdirSync(join(folder, 'home'));
  }

  /** Runs the command until it has succeeded, or often enough. */
  async finish(): Promise<void> {
    while (!this.isDone && this.runs < mostRuns) {
      this.#start();
      while (this.#endings.size > 0) await Promise.all(this.#endings);
    }
  }

  /** Something has happened at the hub: is it time for what the plan says? */
  look(): void {
    const { plan, chaos } = this.#options;
    if (
      this.#startsSecond &&
      this.#living.size > 0 &&
      this.runs < mostRuns &&
      chaos.sent.first >= (plan.secondAfterBytes ?? 0)
    ) {
      this.#startsSecond = false;
      this.#start();
    }
    const [next] = this.#killsToCome;
    if (next === undefined || this.#isKilling || this.#living.size === 0) return;
    const isDue =
      'bytes' in next.after ? chaos.sent.first >= next.after.bytes : chaos.hub.requests.length >= next.after.requests;
    if (!isDue) return;
    this.#killsToCome.shift();
    this.#begin(this.#kill(next));
  }

  async close(): Promise<void> {
    await Promise.all([...this.#living].map((program) => program.killAndWait()));
    await Promise.all(this.#endings);
  }

  #start(): void {
    const { plan, chaos, client, folder } = this.#options;
    const home = join(folder, 'home');
    const { words, env } = client.command({ plan, folder, endpoint: chaos.hub.endpoint });
    const environment = { PATH: process.env['PATH'] ?? '', HOME: home, USERPROFILE: home, ...env };
    const running = new RunningProgram(words, { env: environment, cwd: home });
    this.runs += 1;
    this.#living.add(running);
    this.#begin(this.#attend(running));
  }

  #begin(work: Promise<void>): void {
    const ending = work.finally(() => this.#endings.delete(ending));
    this.#endings.add(ending);
  }

  async #attend(running: RunningProgram): Promise<void> {
    const watchdog = new AbortController();
    const longestMs = this.#options.client.isOurs ? longestRunMs : longestRunOfPeerMs;
    void setTimeout(longestMs, undefined, { signal: watchdog.signal }).then(
      () => {
        this.problems.push(`a run hung: ${running.stderr.slice(-500)}`);
        this.hung += 1;
        running.signal('SIGKILL');
      },
      () => undefined,
    );
    const { exitCode, stderr } = await running.ended;
    watchdog.abort();
    this.#living.delete(running);
    this.said.push(`process ${running.pid}, ${exitCode === null ? 'killed' : `exit code ${exitCode}`}\n${stderr}`);
    if (exitCode === 0) this.isDone = true;
    else if (exitCode !== null) {
      this.failedRuns.push(exitCode);
      this.lastWords = `exit code ${exitCode}, ${stderr.slice(-500)}`;
    }
    if (!this.#options.client.isOurs) return;
    // A defect is no answer to any fault.
    if (exitCode === 1) this.problems.push(`exit code 1: ${stderr}`);
    const when = exitCode === null ? 'after a kill' : `after exit code ${exitCode}`;
    this.problems.push(...(await wrongThings(this.cache)).map((problem) => `${when}: ${problem}`));
  }

  /** It has no say in it. Stopped first, so that what stands in socket buffers can be counted. */
  async #kill({ process: which }: PlannedKill): Promise<void> {
    const { chaos } = this.#options;
    const victim = which === 'oldest' ? [...this.#living][0] : [...this.#living].at(-1);
    if (victim === undefined) return;
    this.#isKilling = true;
    victim.signal('SIGSTOP');
    const flowing = chaos.flowing();
    chaos.hold();
    // Longer than the hub's slices, and than a living process takes to read what it was sent.
    const quietMs = 100;
    await setTimeout(quietMs);
    this.bytesUnread += unreadNow(chaos.hub);
    const underWay = flowing.filter(({ request }) => !request.ended);
    const { signal } = await victim.killAndWait();
    await setTimeout(quietMs);
    if (signal === 'SIGKILL') {
      this.kills += 1;
      // The kernel has closed the connections of the dead.
      if (underWay.some(({ request }) => request.ended)) this.killsWhileBytesFlowed += 1;
      chaos.noteKill();
    }
    chaos.goOn();
    this.#isKilling = false;
  }
}

interface JobOptions {
  readonly plan: SeedPlan;
  readonly chaos: ChaosHub;
  readonly client: Client;
  readonly folder: string;
}
