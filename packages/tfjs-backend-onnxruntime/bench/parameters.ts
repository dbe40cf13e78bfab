import type { Tensor, Variable } from '@tensorflow/tfjs';
import { tf } from './tf.js';

/** Named parameters in groups, drawn from one sequence of seeds. */
export interface Parameters {
  readonly all: ReadonlyMap<string, Variable>;
  add(name: string, value: () => Tensor): void;
  /** Normal values of the given deviation. */
  addNormal(name: string, shape: readonly number[], deviation: number): void;
  get(name: string): Variable;
  /** Those outside the given groups; a group is the name up to the first dot. */
  trained(frozen: readonly string[]): Map<string, Variable>;
}

export function createParameters(prefix = ''): Parameters {
  const all = new Map<string, Variable>();
  let seed = 1;
  const add = (name: string, value: () => Tensor) => {
    const made = tf.variable(tf.tidy(value), true, prefix + name);
    // As if read from a file: no call that the first step would have to make.
    made.dataSync();
    all.set(name, made);
  };
  return {
    all,
    add,
    addNormal: (name, shape, deviation) =>
      add(name, () => tf.randomNormal([...shape], 0, deviation, 'float32', seed++)),
    get(name) {
      const found = all.get(name);
      if (found === undefined) throw new Error(`No parameter ${name}`);
      return found;
    },
    trained: (frozen) => new Map([...all].filter(([name]) => !frozen.includes(name.split('.')[0]!))),
  };
}
