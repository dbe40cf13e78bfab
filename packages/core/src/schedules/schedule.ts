/** Factor on every base rate at iteration `step` of `total`, counted from 0 over the whole training. */
export type Schedule = (step: number, total: number) => number;

/** Options of {@link warmupPolyFloor}. */
export interface WarmupPolyFloorOptions {
  /** Iterations of quadratic warm-up. Default 100; 0 for none. */
  warmup?: number;
  /** Factor at iteration 0. Default 0.01. */
  start?: number;
  /** Exponent of the polynomial decay. Default 0.9. */
  power?: number;
  /** Progress at which the decay stops. Default 0.8; 1 for none. */
  floor?: number;
}

/**
 * Quadratic warm-up, then polynomial decay that stops at a floor:
 * min(s + (1 − s)·(t/w)², 1) · (1 − min(t/T, f))^p, with s = 0.01, w = 100, f = 0.8, p = 0.9.
 *
 * The default decay ends at 0.2^0.9 = 0.2349 of the base rate and stays there for the last fifth of training.
 *
 * @throws RangeError where `total` is not positive
 * @example
 * ```ts
 * const rate = 1e-4 * warmupPolyFloor()(step, epochs * stepsPerEpoch);
 * ```
 * @see released ASG training code; the paper does not mention a schedule
 */
export function warmupPolyFloor({
  warmup = 100,
  start = 0.01,
  power = 0.9,
  floor = 0.8,
}: WarmupPolyFloorOptions = {}): Schedule {
  return (step, total) => {
    if (!(total > 0)) throw new RangeError(`A schedule runs over at least one iteration; got ${total}.`);
    const rise = warmup === 0 ? 1 : Math.min(start + (1 - start) * (step / warmup) ** 2, 1);
    return rise * (1 - Math.min(step / total, floor)) ** power;
  };
}

/** No schedule: a factor of 1 throughout. */
export const constant: Schedule = () => 1;
