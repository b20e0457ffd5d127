import { readWeightFile } from './weight-file.js';

/** Whether loading a file can run code of whoever made it: pickles, under whatever name, and Python itself. */
export function runsCode(path: string): boolean {
  if (/\.(py|pkl|pickle|joblib|dill|pt|pth|ckpt)$/i.test(path)) return true;
  // What training left is pickled too; of other `.bin` files nothing is known.
  if (/(^|\/)(training_args|optimizer|scheduler|scaler)\.bin$/.test(path)) return true;
  const weights = readWeightFile(path);
  return weights?.format === 'pytorch' && !weights.isIndex;
}
