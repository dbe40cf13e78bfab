import { sizeOf } from './ir.js';
import type { KeptValues } from './lower/lower.js';
import type { NativeTensor } from './runtime/binding.js';
import { createModelRunner, type NamedTensors } from './runtime/model-runner.js';
import type { ResolvedOptions } from './runtime/options.js';

/** Tells what stands for the value of a graph's input: where it is the same as in another run, so is the value. */
export type IdentityOf = (place: number) => unknown;

/** Values that stay from run to run: what frozen weights are folded and reordered into. */
export interface Kept {
  /** The values; computed anew where an input that they come from is another one. */
  tensors(inputs: readonly NativeTensor[], identityOf: IdentityOf): NamedTensors;
  /** Places of the graph's inputs that they come from. */
  readonly sources: readonly number[];
  /** How often they were computed. */
  readonly computations: number;
  /** Bytes held now. */
  readonly bytes: number;
  release(): void;
}

export function createKept({ model, values, sources }: KeptValues, options: ResolvedOptions): Kept {
  let tensors: NamedTensors | undefined;
  let from: readonly unknown[] = [];
  let computations = 0;

  function compute(inputs: readonly NativeTensor[]): NamedTensors {
    const feeds = Object.fromEntries(model.inputs.map(({ name }, i) => [name, inputs[sources[i]!]!]));
    const made = Object.fromEntries(
      values.map(({ name, shape }): [string, NativeTensor] => {
        const data = new Float32Array(sizeOf(shape));
        return [name, { dims: shape, data, type: 'float32', location: 'cpu' }];
      }),
    );
    const runner = createModelRunner(model, true, options);
    try {
      runner.run(feeds, made);
    } finally {
      runner.release();
    }
    computations++;
    return made;
  }

  return {
    sources,
    tensors(inputs, identityOf) {
      const identities = sources.map(identityOf);
      if (tensors === undefined || !identities.every((identity, i) => Object.is(identity, from[i]))) {
        tensors = undefined;
        tensors = compute(inputs);
        from = identities;
      }
      return tensors;
    },
    get computations() {
      return computations;
    },
    get bytes() {
      return Object.values(tensors ?? {}).reduce((total, { data }) => total + data.byteLength, 0);
    },
    release() {
      tensors = undefined;
    },
  };
}
