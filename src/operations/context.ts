import type { Tell } from '../events.js';
import type { Settings } from '../settings/settings.js';

/** What every operation is given. */
export interface OperationContext {
  readonly settings: Settings;
  readonly tell: Tell;
  readonly signal: AbortSignal;
}
