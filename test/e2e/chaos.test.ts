import { describe, expect, test } from 'vitest';
import { hubClient } from '../chaos/clients.js';
import { describePlan, runSeed } from '../chaos/run-seed.js';
import { programWords } from './support/program-under-test.js';

const seeds = Array.from({ length: 20 }, (_, index) => index + 1);
/** A seed takes 10 s, on a machine with nothing else to do. */
const timeout = 180_000;

// Many at a time: a seed mostly waits for a slow link. `npm run soak -- --seed 17` repeats one.
describe.skipIf(process.platform === 'win32').concurrent('faults, kills and two processes', () => {
  test.each(seeds)('seed %i: the cache is whole in the end, and never wrong', { timeout }, async (seed) => {
    const { plan, problems } = await runSeed(seed, hubClient(programWords()));
    expect(problems, describePlan(plan)).toEqual([]);
  });
});
