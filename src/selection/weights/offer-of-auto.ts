import { HubError } from '../../errors.js';
import type { WeightsChoice } from '../../repo/weights-choice.js';
import type { WeightFormat } from './rules.js';
import { type SizedFile, type WeightsOf, selectWeights } from './select-weights.js';

/** What `auto` would make of a model whose weights are there more than once. */
export interface OfferOfAuto {
  /** What it would take, the preferred first. */
  readonly formats: readonly WeightFormat[];
  readonly bytesSaved: number;
}

/** Undefined where `auto` would leave nothing out, or refuse: what it would take is not complete. */
export function offerOfAuto(choice: WeightsChoice, repo: WeightsOf<SizedFile>): OfferOfAuto | undefined {
  if (choice.framework !== 'all') return undefined;
  try {
    const { formats, skipped } = selectWeights({ ...choice, framework: 'auto' }, repo);
    const bytesSaved = skipped.reduce((sum, { bytes }) => sum + bytes, 0);
    return bytesSaved === 0 ? undefined : { formats, bytesSaved };
  } catch (error) {
    if (error instanceof HubError) return undefined;
    throw error;
  }
}
