import type { Tell } from '../events.js';
import { type RepoId, repoPath } from '../repo/reference.js';
import { formatBytes } from '../repo/size-text.js';
import type { WeightsChoice } from '../repo/weights-choice.js';
import { type OfferOfAuto, offerOfAuto } from '../selection/weights/offer-of-auto.js';
import {
  type SizedFile,
  type WeightsOf,
  type WeightsSelection,
  selectWeights,
} from '../selection/weights/select-weights.js';

/** What was chosen of a model's weights, and what there would have been to choose. */
export interface WantedWeights extends Omit<WeightsSelection<never>, 'files'> {
  readonly choice: WeightsChoice;
  /** Where no framework was chosen, and the weights are there more than once. */
  readonly auto: OfferOfAuto | undefined;
}

/**
 * Narrows what the globs left of a model to the wanted weights; of a repo that is no model, keeps all.
 *
 * @throws HubError  see `selectWeights`
 */
export function wantWeights<File extends SizedFile>(
  { repo, weights = { framework: 'all' } }: { repo: RepoId; weights?: WeightsChoice },
  found: Omit<WeightsOf<File>, 'repo'>,
): { files: readonly File[]; weights: WantedWeights | undefined } {
  if (repo.type !== 'model') return { files: found.files, weights: undefined };
  const model = { ...found, repo: repoPath(repo) };
  const { files, ...outcome } = selectWeights(weights, model);
  return { files, weights: { ...outcome, choice: weights, auto: offerOfAuto(weights, model) } };
}

/** Before the first byte: what a person may want to choose, and where the choice is not quite what was asked for. */
export function tellWeights({ choice, formats, quantisations, auto }: WantedWeights, repo: string, tell: Tell): void {
  const { framework } = choice;
  if (framework === 'pytorch' || framework === 'safetensors') {
    const standIn = framework === 'pytorch' ? 'safetensors' : 'pytorch';
    if (formats.includes(standIn)) {
      const what = formats.includes(framework) ? 'not all of the weights' : 'none of the weights';
      const message = `${repo} has ${what} for ${framework}: the rest is taken for ${standIn}`;
      tell({ type: 'warning', code: 'weights-stand-in', message });
    }
  }
  if (auto !== undefined) {
    const message =
      `${repo} has its weights more than once: --framework auto would take ${auto.formats.join(' and ')} alone, ` +
      `and save ${formatBytes(auto.bytesSaved)}`;
    tell({ type: 'warning', code: 'weights-more-than-once', message });
  } else if (quantisations.length > 1) {
    const named = quantisations.map(({ name, bytes }) => `${name} (${formatBytes(bytes)})`).join(', ');
    tell({
      type: 'warning',
      code: 'several-quantisations',
      message: `${repo} has ${String(quantisations.length)} quantisations, and all are taken: ${named}`,
      hint: `One of them: --quant ${quantisations[0]?.name ?? ''}`,
    });
  }
}
