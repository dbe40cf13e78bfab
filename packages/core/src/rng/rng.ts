import { threefry2x32 } from './threefry.js';

/** All there is to a stream: its key and how many 64-bit blocks it has given. Plain JSON. */
export interface RngState {
  readonly key: readonly [number, number];
  readonly counter: number;
}

/**
 * A seeded stream of random numbers that can be split and saved.
 *
 * Streams split off by name depend on the parent's key and the name alone, not on what was drawn before or
 * between, so that adding a consumer never changes another's numbers.
 *
 * @example
 * ```ts
 * const rng = createRng(0);
 * const order = rng.split('shuffle').split(epoch).permutation(images.length);
 * const saved = rng.state();          // into the checkpoint
 * const again = restoreRng(saved);    // goes on where the first one stood
 * ```
 */
export interface Rng {
  /** Uniform in [0, 1) with 53 bits. */
  uniform(): number;
  /** Uniform integer in [0, bound), without bias. Throws where bound is not an integer in 1…2^32. */
  integer(bound: number): number;
  /** Standard normal (Box-Muller, one block pair a number). */
  normal(): number;
  /** A uniformly random order of 0…n−1 (Fisher-Yates). */
  permutation(n: number): Int32Array;
  /** The stream called `label` under this one. */
  split(label: string | number): Rng;
  state(): RngState;
}

/**
 * A stream from a seed, an integer in 0…2^53−1; the same seed gives the same numbers on every machine.
 *
 * @throws RangeError where the seed is not such an integer
 * @see Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3 (SC 2011), for Threefry-2x32
 */
export function createRng(seed: number): Rng {
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new RangeError(`The seed of a random stream is an integer in 0…2^53-1; got ${seed}.`);
  }
  return restoreRng({ key: [seed >>> 0, Math.floor(seed / 2 ** 32)], counter: 0 });
}

/** The stream whose {@link Rng.state | state} was saved, going on with the number that came next. */
export function restoreRng(saved: RngState): Rng {
  const key = saved.key;
  let counter = saved.counter;

  const block = (): [number, number] => {
    const words = threefry2x32(key, [counter >>> 0, Math.floor(counter / 2 ** 32)]);
    counter += 1;
    return words;
  };
  const uniform = (): number => {
    const [high, low] = block();
    return ((high >>> 5) * 2 ** 26 + (low >>> 6)) / 2 ** 53;
  };
  const integer = (bound: number): number => {
    if (!Number.isInteger(bound) || bound < 1 || bound > 2 ** 32) {
      throw new RangeError(`The bound of a random integer is an integer in 1…2^32; got ${bound}.`);
    }
    const limit = 2 ** 32 - (2 ** 32 % bound);
    for (;;) {
      const [word] = block();
      if (word < limit) return word % bound;
    }
  };
  return {
    uniform,
    integer,
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
    permutation: (n) => {
      const order = Int32Array.from({ length: n }, (_, i) => i);
      for (let i = n - 1; i > 0; i--) {
        const j = integer(i + 1);
        const kept = order[i]!;
        order[i] = order[j]!;
        order[j] = kept;
      }
      return order;
    },
    split: (label) => restoreRng({ key: childKey(key, String(label)), counter: 0 }),
    state: () => ({ key: [key[0], key[1]], counter }),
  };
}

/** Absorbs the label's bytes, eight a block, its length last; the domain of child keys starts at 2^63. */
function childKey(key: readonly [number, number], label: string): [number, number] {
  const bytes = new TextEncoder().encode(label);
  let chained: [number, number] = [key[0], key[1]];
  for (let at = 0; at < bytes.length; at += 8) {
    const word = (from: number) =>
      ((bytes[from] ?? 0) |
        ((bytes[from + 1] ?? 0) << 8) |
        ((bytes[from + 2] ?? 0) << 16) |
        ((bytes[from + 3] ?? 0) << 24)) >>>
      0;
    chained = threefry2x32(chained, [word(at), word(at + 4)]);
  }
  return threefry2x32(chained, [bytes.length, 0x80000000]);
}
