import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { join } from 'node:path';

const support = join(import.meta.dirname, '..', 'support', 'run-typescript.mjs');
const holder = join(import.meta.dirname, 'lease-holder.ts');

/** Another process that takes leases when it is told to. */
export interface LeaseProcess {
  readonly pid: number;
  tell(command: string): Promise<string>;
  kill(): Promise<void>;
}

export async function startLeaseProcess(cacheDir: string, folder: string, writer: string): Promise<LeaseProcess> {
  const child = spawn(process.execPath, [support, holder, cacheDir, folder, writer], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const answers: AsyncIterator<string, undefined> = createInterface(child.stdout)[Symbol.asyncIterator]();
  const next = async (): Promise<string> => {
    const answer = await answers.next();
    if (answer.done === true) throw new Error('the process that should take leases has ended');
    return answer.value;
  };
  if ((await next()) !== 'ready') throw new Error('not ready');
  return {
    pid: child.pid ?? 0,
    tell: (command) => {
      child.stdin.write(`${command}\n`);
      return next();
    },
    kill: async () => {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
