import { UserError } from '@syn2real/core';

/** How labels are chosen. */
export interface LabelOptions {
  /** λ by class; see `thresholds`. */
  readonly lambda: ArrayLike<number>;
  /**
   * α of LRENT: labels become ŷ_k ∝ (p_k/λ_k)^(1/α). 0 is CBST's hard label. Default 0.
   */
  readonly alpha?: number;
  /** Whether a sample that just reaches its threshold gets a label (`crst` takes it, `udacu` does not). Default true. */
  readonly inclusive?: boolean;
}

/** @throws UserError where thresholds or α cannot choose labels of so many classes */
export function checkLabelOptions(classes: number, { lambda, alpha = 0 }: LabelOptions): void {
  const isRight = lambda.length === classes && Array.from(lambda).every((l) => l > 0);
  if (isRight && alpha >= 0 && Number.isFinite(alpha)) return;
  throw new UserError({
    what: 'these thresholds or this α cannot choose labels',
    got: `λ = [${Array.from(lambda).join(', ')}], α = ${alpha}`,
    expected: `${classes} positive thresholds and α ≥ 0`,
    fix: 'take λ from thresholds(…), and α = 0 for hard labels or 0.25 for LRENT',
  });
}
