/** What one process of the benchmark does, in the engine it is started for. */
export interface Settings {
  readonly network: NetworkName;
  readonly batch: number;
  /** Height and width of the images; of classification square. Default: the network's own. */
  readonly image: readonly [number, number] | undefined;
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
  image: undefined,
  mode: 'train',
  teacher: 'none',
  norm: 'folded',
  frozen: [],
  ...given,
});

const SIDES: Partial<Record<NetworkName, number>> = { fcn8s: 512, small: 28 };

/** Height and width of the images. */
export function imageSize({ network, image }: Settings): readonly [number, number] {
  const side = SIDES[network] ?? 224;
  return image ?? [side, side];
}

/** Steps at the start that are not counted: compiling, and memory seen for the first time. */
export const WARM_UP = 4;
