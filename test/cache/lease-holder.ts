// A process that takes leases when it is told to, line by line on its stdin: `take <subject>`, `shared`, `release`.
// It answers each with a line: `ready`, `taken`, `held`, `released`.
import { createInterface } from 'node:readline';
import { CacheFiles } from '../../src/cache/files.js';
import { type Lease, Leases } from '../../src/cache/leases.js';

const [, , cacheDir = '', folder = '', writer = ''] = process.argv;
const leases = new Leases({ folder, files: new CacheFiles(cacheDir), writer });
let held: Lease | undefined;

console.log('ready');
for await (const line of createInterface(process.stdin)) {
  const [command, subject = ''] = line.split(' ');
  if (command === 'shared') {
    held = await leases.takeShared(new AbortController().signal);
    console.log('taken');
  } else if (command === 'take') {
    const answer = await leases.tryExclusive(subject);
    if ('lease' in answer) held = answer.lease;
    console.log('lease' in answer ? 'taken' : 'held');
  } else {
    await held?.release();
    held = undefined;
    console.log('released');
  }
}
