import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { isProvenDead, ownIdentity, processIdentitySchema } from '../../src/cache/process-identity.js';

describe.runIf(process.platform === 'linux')('isProvenDead', () => {
  const own = ownIdentity();

  it('holds for no living process', () => {
    expect(isProvenDead(own)).toBe(false);
    expect(processIdentitySchema.parse(own)).toEqual(own);
  });

  it('holds for one that ended, and for one whose number was given away', async () => {
    const child = spawn(process.execPath, ['-e', '']);
    await once(child, 'exit');
    expect(isProvenDead({ ...own, pid: child.pid ?? 0 })).toBe(true);
    expect(isProvenDead({ ...own, startTime: '1' })).toBe(true);
  });

  it('holds for one that ended although its parent has not looked yet', async () => {
    const parent = spawn('sh', ['-c', 'sleep 0 & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      const [line] = (await once(parent.stdout, 'data')) as [Buffer];
      const identity = { ...own, pid: Number(line.toString()), startTime: '1' };
      // Dead or not yet: either way it is not the process that had begun at tick 1.
      expect(isProvenDead(identity)).toBe(true);
    } finally {
      parent.kill();
    }
  });

  it('is never said where any doubt is left', () => {
    const dead = { ...own, startTime: '1' };
    expect(isProvenDead({ ...dead, bootId: 'another boot, or another machine' })).toBe(false);
    expect(isProvenDead({ ...dead, pidNamespace: 'pid:[1]' })).toBe(false);
    for (const unknown of ['bootId', 'pidNamespace', 'startTime'] as const) {
      const known = Object.entries(dead).filter(([name]) => name !== unknown);
      expect(isProvenDead(processIdentitySchema.parse(Object.fromEntries(known))), unknown).toBe(false);
    }
  });
});
