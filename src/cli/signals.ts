import { ExitCode, Interrupted } from '../errors.js';

const exitCodes = {
  SIGINT: ExitCode.interrupted,
  SIGTERM: ExitCode.terminated,
  SIGHUP: ExitCode.hangup,
} as const;

type EndingSignal = keyof typeof exitCodes;

/**
 * Turns the first signal into an aborted `AbortSignal`, whose reason carries the exit code.
 *
 * @param force  called on a SIGINT after that: the person does not want to wait
 */
export function abortOnSignals(force: (exitCode: ExitCode) => void): AbortSignal {
  const controller = new AbortController();
  for (const name of Object.keys(exitCodes) as EndingSignal[]) {
    process.on(name, () => {
      if (!controller.signal.aborted) controller.abort(new Interrupted(exitCodes[name]));
      else if (name === 'SIGINT') force(ExitCode.interrupted);
    });
  }
  return controller.signal;
}
