import { actionFigure, figureHtml, readPolicyRuns } from '@syn2real/report';
import type { Drawn } from './drawn.js';
import { type PolicyTrial, policyFolder } from './policies.js';

/** Figure 8: the actions of all policies together, then of each seed. */
export function policyFigures(out: string, policies: readonly PolicyTrial[]): Drawn[] {
  const runs = readPolicyRuns(policies.map((policy) => policyFolder(out, policy))).filter(
    ({ decisions }) => decisions.length > 0,
  );
  if (runs.length === 0) return [];
  const drawn = (name: string, svg: string, caption: string): Drawn => ({
    name,
    svg,
    body: figureHtml(svg, caption),
  });
  const each = runs.map((run) =>
    drawn(`fig8-seed${run.seed}`, actionFigure([run]), `Seed ${run.seed} alone.`),
  );
  const all = drawn(
    'fig8',
    actionFigure(runs),
    'Actions over the training of the policies, mean over seeds.',
  );
  return runs.length === 1 ? [all] : [all, ...each];
}
