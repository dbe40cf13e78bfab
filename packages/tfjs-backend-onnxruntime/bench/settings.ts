/** What one process of the benchmark does, in the engine it is started for. */
export interface Settings {
  readonly network: NetworkName;
  readonly batch: number;
  /** `train`: forward, backward, SGD with momentum and weight decay. `forward`: logits alone. */
  readonly mode: 'train' | 'forward';
  /** Proxy guidance by a frozen copy of the network: none, its pass in every step, or its outputs at hand. */
  readonly teacher: 'none' | 'computed' | 'cached';
  /** BatchNorm of frozen statistics: folded into the convolution, or an operation of its own. */
  readonly norm: 'folded' | 'separate';
  /** Groups of parameters at rate 0, which get no gradient. */
  readonly frozen: readonly string[];
}

export const NETWORKS = ['resnet101', 'resnet50', 'resnet18', 'small', 'fcn8s'] as const;
export type NetworkName = (typeof NETWORKS)[number];

export const settingsOf = (given: Partial<Settings>): Settings => ({
  network: 'resnet101',
  batch: 4,
  mode: 'train',
  teacher: 'none',
  norm: 'folded',
  frozen: [],
  ...given,
});

/** Side of the square images. */
export const imageSize = (network: NetworkName): number =>
  network === 'fcn8s' ? 512 : network === 'small' ? 28 : 224;

/** Steps at the start that are not counted: compiling, and memory seen for the first time. */
export const WARM_UP = 4;
