import { z } from 'zod';

/** A word out of several; the page tells each with its meaning. */
export function oneOf<const Word extends string>(
  meanings: Readonly<Record<Word, string>>,
  description = '',
): z.ZodEnum<{ [One in Word]: One }> {
  const words = Object.keys(meanings) as Word[];
  const told = words.map((word) => (meanings[word] === '' ? `\`${word}\`` : `\`${word}\`: ${meanings[word]}`));
  const list = Object.values(meanings).some((meaning) => meaning !== '') ? told.join('. ') : told.join(', ');
  return z.enum(words).describe([description, list].filter((part) => part !== '').join(': '));
}

/** Fields that several documents have, with one meaning. */
export const schema = z.literal(1).describe('the version of all documents');
export const repo = z.string().describe('`org/name`, or `name` alone');
export const type = oneOf({ model: '', dataset: '', space: '', kernel: '' });
export const commit = z.string().describe('40 hex digits');
export const digest = z.string().describe('`sha256:<hex>` or `git-sha1:<hex>`');
export const cacheDir = z.string().describe('the cache');
export const dryRun = z.boolean().describe('nothing was done');

/** Which revision of which repo a document is about. */
export const named = {
  repo,
  type,
  revision: z.string().describe('as it was asked for; `main` where nothing was'),
  commit: z.string().describe('what the revision resolved to, 40 hex digits'),
};

/** Weights that a download leaves out. */
export const skipped = z
  .strictObject({ files: z.number().describe(''), bytes: z.number().describe('') })
  .describe('where there are some: the weights that `--framework`, `--variant` or `--quant` left out');

/** Where a setting came from. */
export const settingOrigin = z
  .strictObject({
    kind: oneOf({ flag: '', environment: '', file: '', default: '' }),
    name: z.string().describe('the flag, the variable, the file; of a default empty, or the variable that shapes it'),
  })
  .describe('where the value came from');

/** What weights are stored as. */
export const weightFormat = oneOf({
  safetensors: '',
  pytorch: '',
  tensorflow: '',
  flax: '',
  onnx: '',
  gguf: '',
  openvino: '',
  coreml: '',
  tflite: '',
  rust: '',
  paddle: '',
});
