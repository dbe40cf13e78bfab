import { type Params, zerosLikeParams } from '../params.js';
import { tf } from '../tf.js';
import type { OptimizerState, Transform } from '../transform.js';

/** Options of {@link sgd} and {@link fixedSgd}. */
export interface SgdOptions {
  /** μ, in [0, 1). Default 0.9. */
  momentum?: number;
  /** Weight decay wd on every parameter, added to its gradient. Default 0. */
  weightDecay?: number;
}

/** Options of {@link sgd}. */
export interface NesterovSgdOptions extends SgdOptions {
  /** Nesterov's momentum: p ← p − η·(g + wd·p + μ·v) with the new v. Default false. */
  nesterov?: boolean;
}

/** Which learning rate a parameter gets: its group's label. */
export type GroupOf = (param: string) => string;

/**
 * PyTorch's SGD: v ← μ·v + (g + wd·p), p ← p − η·v.
 *
 * The rate η stays outside the momentum buffer: a group whose rate becomes 0 stops at once and keeps
 * accumulating. No dampening.
 *
 * @param groupOf label of a parameter's group; its rate must be among the `rates` of each update
 * @throws RangeError where an option is out of range; Error where a group has no rate
 * @example
 * ```ts
 * const optimizer = sgd(network.groupOf, { momentum: 0.9, weightDecay: 5e-4 });
 * let state = optimizer.init(params);
 * ({ params, state } = optimizer.update(grads, state, params, { conv1: 1e-4, layer1: 1e-4 }));
 * ```
 * @see `torch.optim.SGD`; segmentation training of the released ASG code
 */
export function sgd(groupOf: GroupOf, { nesterov = false, ...options }: NesterovSgdOptions = {}): Transform {
  return momentumTransform('sgd', groupOf, options, {
    step: ({ decayed, velocity, rate, momentum }) => {
      const next = velocity.mul(momentum).add(decayed);
      const direction = nesterov ? next.mul(momentum).add(decayed) : next;
      return { velocity: next, step: direction.mul(rate) };
    },
  });
}

/**
 * The "fixed" SGD of the released VisDA-17 training: b ← μ·b + η·(g + wd·p), p ← p − b.
 *
 * The rate is inside the momentum buffer: when it changes, the old momentum keeps its old scale, and at η = 0
 * the parameter coasts on by μ·b, whatever its gradient: none need be computed.
 *
 * @param groupOf label of a parameter's group; its rate must be among the `rates` of each update
 * @throws RangeError where an option is out of range; Error where a group has no rate
 * @example
 * ```ts
 * const optimizer = fixedSgd(network.groupOf, { momentum: 0.9, weightDecay: 5e-4 });
 * ```
 */
export function fixedSgd(groupOf: GroupOf, options: SgdOptions = {}): Transform {
  return momentumTransform('fixed-sgd', groupOf, options, {
    step: ({ decayed, velocity, rate, momentum }) => {
      const next = velocity.mul(momentum).add(decayed.mul(rate));
      return { velocity: next, step: next };
    },
    coast: ({ velocity, momentum }) => {
      const next = velocity.mul(momentum);
      return { velocity: next, step: next };
    },
  });
}

interface MomentumStep {
  decayed: tf.Tensor;
  velocity: tf.Tensor;
  rate: tf.Scalar;
  momentum: tf.Scalar;
}

interface Moved {
  velocity: tf.Tensor;
  step: tf.Tensor;
}

interface MomentumRule {
  step(terms: MomentumStep): Moved;
  /** The step at rate 0, where the gradient has no part in it. */
  coast?(terms: Pick<MomentumStep, 'velocity' | 'momentum'>): Moved;
}

function momentumTransform(
  name: string,
  groupOf: GroupOf,
  { momentum = 0.9, weightDecay = 0 }: SgdOptions,
  { step, coast }: MomentumRule,
): Transform {
  if (!(momentum >= 0 && momentum < 1))
    throw new RangeError(`${name}: momentum is in [0, 1); got ${momentum}.`);
  if (!(weightDecay >= 0)) throw new RangeError(`${name}: weight decay is at least 0; got ${weightDecay}.`);
  return {
    name,
    gradientFreeAtZero: coast !== undefined,
    init: zerosLikeParams,
    update(grads, state, params, rates) {
      const updated: Record<string, tf.Tensor> = {};
      const velocities: Record<string, tf.Tensor> = {};
      const scalar = scalars();
      for (const [name, param] of Object.entries(params)) {
        const grad = grads[name];
        const velocity = stateOf(state, name);
        const group = groupOf(name);
        const rate = rates[group];
        const coasts = grad === undefined && rate === 0 && coast !== undefined;
        if (grad === undefined && !coasts) {
          updated[name] = param;
          velocities[name] = velocity;
          continue;
        }
        if (rate === undefined) throw new Error(`No learning rate for the group "${group}" of "${name}".`);
        const [next, moved] = tf.tidy(() => {
          if (grad === undefined) {
            const made = coast!({ velocity, momentum: scalar(momentum) });
            return [made.velocity, param.sub(made.step)];
          }
          const decayed = weightDecay === 0 ? grad : grad.add(param.mul(scalar(weightDecay)));
          const made = step({ decayed, velocity, rate: scalar(rate), momentum: scalar(momentum) });
          return [made.velocity, param.sub(made.step)];
        });
        velocities[name] = next!;
        updated[name] = moved!;
      }
      scalar.dispose();
      return { params: updated as Params, state: velocities as OptimizerState };
    },
  };
}

function stateOf(state: OptimizerState, name: string): tf.Tensor {
  const velocity = state[name];
  if (velocity === undefined) throw new Error(`The optimizer's state has no momentum for "${name}".`);
  return velocity;
}

/** One tensor per distinct number of an update, so that a step makes few inputs. */
function scalars(): ((value: number) => tf.Scalar) & { dispose(): void } {
  const made = new Map<number, tf.Scalar>();
  const get = (value: number): tf.Scalar => {
    let tensor = made.get(value);
    if (tensor === undefined) {
      tensor = tf.keep(tf.scalar(value, 'float32'));
      made.set(value, tensor);
    }
    return tensor;
  };
  return Object.assign(get, {
    dispose: () => {
      for (const tensor of made.values()) tensor.dispose();
    },
  });
}
