import { join } from 'node:path';
import { addOptions, parseOptions, say } from '@syn2real/cli';
import { interruption } from '@syn2real/trainer';
import { Command } from 'commander';
import { parsePolicyRecipe, policyOptions, policyRunOptions } from '../config/policy-options.js';
import { POLICY_FILE } from '../training/meta-training.js';
import { trainPolicy } from '../training/train-policy.js';

/** `visda17 train-policy` */
export function trainPolicyCommand(): Command {
  const command = new Command('train-policy').description(
    "train the policy that sets each group's learning rate, on the loss of the labelled source images alone",
  );
  addOptions(command, { ...policyOptions, ...policyRunOptions });
  return command.action(async (given: Record<string, unknown>) => {
    const settings = parseOptions(policyRunOptions, given);
    const recipe = parsePolicyRecipe(given);
    const dir = settings.out ?? join('runs', `policy-${recipe.seed}`);
    const stop = interruption();
    try {
      const summary = await trainPolicy(recipe, settings, {
        dir,
        label: 'policy',
        log: say,
        stream: process.stderr,
        stop,
      });
      say(`done: ${join(dir, POLICY_FILE)}`);
      process.stdout.write(`${JSON.stringify(summary, null, 2)}\n`);
    } finally {
      stop.dispose();
    }
  });
}
