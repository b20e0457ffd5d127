import { describe, expect, it } from 'vitest';
import { faultKinds, planOf, type SeedPlan } from './plan.js';

const seeds = Array.from({ length: 200 }, (_, index) => index + 1);
const plans = seeds.map(planOf);

describe('the plan of a seed', () => {
  it('is the same for the same number, and another one for the next', () => {
    expect(seeds.map(planOf)).toEqual(plans);
    expect(new Set(plans.map((plan) => JSON.stringify({ ...plan, seed: 0 }))).size).toBe(seeds.length);
  });

  it('has at least three faults, each where a download must come by', () => {
    for (const plan of plans) {
      expect(plan.faults.length, `seed ${plan.seed}`).toBeGreaterThanOrEqual(3);
      for (const fault of plan.faults) {
        if (fault.on === 'call') continue;
        const file = plan.files.find(({ path }) => path === fault.path);
        expect(file, `seed ${plan.seed}`).toBeDefined();
        if (fault.on === 'bytes') expect(fault.at).toBeLessThan(file?.size ?? 0);
      }
    }
  });

  it('leaves the last of three runs without a kill and without a redirect loop', () => {
    for (const { seed, kills, faults } of plans) {
      const loops = faults.filter(({ kind }) => kind === 'redirect loop').length;
      expect(kills.length + loops, `seed ${seed}`).toBeLessThanOrEqual(2);
    }
  });

  it('kills while something is left to do, one process after the other', () => {
    for (const { seed, kills, totalBytes } of plans) {
      const bytes = kills.flatMap(({ after }) => ('bytes' in after ? [after.bytes] : []));
      expect(bytes, `seed ${seed}`).toEqual([...bytes].sort((a, b) => a - b));
      for (const each of bytes) expect(each).toBeLessThan(totalBytes);
    }
  });
});

describe('200 seeds', () => {
  const count = (counts: (plan: SeedPlan) => number) => plans.reduce((sum, plan) => sum + counts(plan), 0);

  it.each(faultKinds)('plan enough of: %s', (kind) => {
    expect(count(({ faults }) => faults.filter((fault) => fault.kind === kind).length)).toBeGreaterThanOrEqual(30);
  });

  it('plan enough kills, and two processes often enough', () => {
    const whileBytesCome = ({ kills }: SeedPlan) => kills.filter(({ after }) => 'bytes' in after).length;
    expect(count(whileBytesCome)).toBeGreaterThanOrEqual(150);
    expect(count(({ secondAfterBytes }) => (secondAfterBytes === undefined ? 0 : 1))).toBeGreaterThanOrEqual(40);
  });
});
