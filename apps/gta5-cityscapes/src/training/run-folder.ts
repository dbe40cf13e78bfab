import { PACKAGES } from '@syn2real/app-visda17';
import { type OpenRun, openRunFolder, type SelectedBackend } from '@syn2real/trainer';
import type { Recipe, RunSettings } from '../config/train-options.js';
import type { Session } from './session.js';

/** The folder of a training run, begun or with `resume` gone on with. */
export function openFolder(
  dir: string,
  recipe: Recipe,
  { resume }: Pick<RunSettings, 'resume'>,
  { source, heldOut, target, retention, weights, control }: Session,
  backend: SelectedBackend,
  log: (line: string) => void,
): Promise<OpenRun> {
  return openRunFolder(
    dir,
    {
      recipe,
      data: {
        source: source.domain.fingerprint,
        ...(heldOut === undefined ? {} : { sourceHeldOut: heldOut.fingerprint }),
        ...(target === undefined ? {} : { target: target.fingerprint }),
        ...(retention === undefined ? {} : { retention: retention.domain.fingerprint }),
      },
      weights: {
        start: weights.sha256,
        ...(control?.policy === undefined ? {} : { policy: control.policy }),
      },
      backend,
      selection: recipe.selection,
    },
    { resume, log, from: import.meta.url, packages: PACKAGES },
  );
}
