import type { Drawn } from './figures.js';
import type { PolicyTrial } from './policies.js';

/** Figure 8. */
export function policyFigures(_out: string, _policies: readonly PolicyTrial[]): Drawn[] {
  return [];
}
