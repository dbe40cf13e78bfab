import { main as visda17 } from '@syn2real/app-visda17';
import { ExitCode } from '@syn2real/trainer';
import { openStart } from '../init/open-init.js';

/**
 * Runs a command of visda17 on a run's network: its folder settles weights, network and data, what follows -- is as for
 * that command and wins.
 *
 * @throws ExitCode with that command's code where it is not 0
 */
export async function onRun(
  command: 'evaluate' | 'predict',
  run: string,
  more: readonly string[],
  keys: readonly ('data' | 'backbone' | 'tta')[],
): Promise<void> {
  const { weights, config } = openStart(run);
  const settled = keys.flatMap((key) => {
    const value = config[key];
    return value === undefined || more.includes(`--${key}`) ? [] : [`--${key}`, value];
  });
  const code = await visda17([command, '--weights', weights, ...settled, ...more]);
  if (code !== 0) throw new ExitCode(code);
}
