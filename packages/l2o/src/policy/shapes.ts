import { type Params, UserError } from '@syn2real/core';

/** What the five encoders read, in the order of the released policy. */
export const ENCODED = [
  'taskLoss',
  'regularizerLoss',
  'progress',
  'classifierMean',
  'classifierStd',
] as const;

/** Width of each encoder's hidden state. */
export const HIDDEN_SIZE = 20;

/** Scales to choose from: k/10 for k = 0…10. */
export const ACTIONS = 11;

/** Width of the hidden states of all encoders together, in the layout of the released code: encoder-major. */
export const ENCODED_SIZE = ENCODED.length * HIDDEN_SIZE;

/** Names of the tensors of encoder `i`, as in the released state dict. */
export function encoderNames(i: number) {
  const prefix = `net.state_encoder.${i}.rnn`;
  return {
    weightInput: `${prefix}.weight_ih_l0`,
    weightHidden: `${prefix}.weight_hh_l0`,
    biasInput: `${prefix}.bias_ih_l0`,
    biasHidden: `${prefix}.bias_hh_l0`,
  };
}

/** Names of the tensors of coordinate `c`'s head. */
export function headNames(c: number) {
  return { weight: `action_distribution.linear.${c}.weight`, bias: `action_distribution.linear.${c}.bias` };
}

/** Names of the critic's tensors. */
export const CRITIC = { weight: 'critic.fc.weight', bias: 'critic.fc.bias' } as const;

/**
 * The policy's tensors by name with their TensorFlow.js shapes: `[in, out]`, gates in PyTorch's order i, f, g, o.
 *
 * With seven coordinates 17,762 parameters, of which the critic's 708 are never used.
 *
 * @param coordinates number of groups whose rates the policy sets
 */
export function policyShapes(coordinates = 7): Readonly<Record<string, readonly number[]>> {
  if (!Number.isInteger(coordinates) || coordinates < 1) {
    throw new UserError({
      what: 'a policy has no such number of coordinates',
      got: String(coordinates),
      expected: 'the number of groups, at least 1',
    });
  }
  const gates = 4 * HIDDEN_SIZE;
  const features = ENCODED_SIZE + 1;
  const shapes: Record<string, readonly number[]> = {};
  for (let i = 0; i < ENCODED.length; i++) {
    const names = encoderNames(i);
    shapes[names.weightInput] = [1, gates];
    shapes[names.weightHidden] = [HIDDEN_SIZE, gates];
    shapes[names.biasInput] = [gates];
    shapes[names.biasHidden] = [gates];
  }
  for (let c = 0; c < coordinates; c++) {
    shapes[headNames(c).weight] = [features, ACTIONS];
    shapes[headNames(c).bias] = [ACTIONS];
  }
  shapes[CRITIC.weight] = [coordinates * features, 1];
  shapes[CRITIC.bias] = [1];
  return shapes;
}

/** Number of coordinates of a policy, counted from its heads. */
export function coordinatesOf(policy: Readonly<Record<string, unknown>>): number {
  let coordinates = 0;
  while (Object.hasOwn(policy, headNames(coordinates).weight)) coordinates++;
  return coordinates;
}

/** Whether a tensor is the critic's: loaded and saved, but without any part in actions or gradients. */
export function isCritic(name: string): boolean {
  return name === CRITIC.weight || name === CRITIC.bias;
}

/** @throws UserError where the policy was made for another number of groups */
export function checkCoordinates(policy: Params, groups: readonly string[]): void {
  const coordinates = coordinatesOf(policy);
  if (coordinates === groups.length) return;
  throw new UserError({
    what: 'the policy was made for another number of groups',
    got: `${groups.length} groups (${groups.join(', ')})`,
    expected: `${coordinates}, one per head of the policy`,
    fix: `use a network with ${coordinates} groups, or train a policy for this one`,
  });
}
