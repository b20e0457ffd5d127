import { UsageError } from '../errors.js';
import type { FrameworkChoice } from './frameworks.js';
import type { RepoType } from './reference.js';

/** What of a model's weights is wanted. */
export interface WeightsChoice {
  readonly framework: FrameworkChoice;
  readonly variant?: string;
  readonly quant?: string;
}

/** What flags or options say of the weights. */
export interface WeightsWords {
  readonly framework: FrameworkChoice;
  readonly variant: string | undefined;
  readonly quant: string | undefined;
  /** What the repo's name said: `org/name:Q4_K_M`. */
  readonly quantOfName: string | undefined;
}

/**
 * Joins what flags, settings and the repo's name say. A framework means nothing to a repo that is no model, so that it
 * may be set for all.
 *
 * @throws UsageError  they contradict each other, are empty, or mean a model where there is none
 */
export function readWeightsChoice(words: WeightsWords, type: RepoType): WeightsChoice | undefined {
  const { framework, variant, quantOfName } = words;
  const quant = words.quant ?? quantOfName;
  if (quantOfName !== undefined && quantOfName.toLowerCase() !== quant?.toLowerCase()) {
    throw new UsageError(`the repo's name says ${quantOfName}, but --quant says ${String(quant)}`, {
      hint: 'Give one of the two.',
    });
  }
  if (variant?.trim() === '' || quant?.trim() === '') {
    throw new UsageError('--variant and --quant take a name', { hint: 'Such as --variant fp16, --quant Q4_K_M.' });
  }
  if (type === 'model') {
    return { framework, ...(variant === undefined ? {} : { variant }), ...(quant === undefined ? {} : { quant }) };
  }
  if (variant === undefined && quant === undefined) return undefined;
  throw new UsageError(`--variant and --quant mean the weights of a model, and this is a ${type}`);
}
