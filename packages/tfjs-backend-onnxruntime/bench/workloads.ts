import { type Settings, settingsOf } from './settings.js';

/** One row of the table: the same work for every engine, but for savings that only `ours` makes. */
export interface Workload {
  readonly name: string;
  readonly title: string;
  readonly ours: Settings;
  /** What PyTorch's loop does for it. */
  readonly pytorch: Settings;
  /** The workload without the saving that this one shows. */
  readonly without?: string;
}

function same(name: string, title: string, given: Partial<Settings>): Workload {
  const settings = settingsOf(given);
  return { name, title, ours: settings, pytorch: settings };
}

function saving(
  name: string,
  title: string,
  without: string,
  ours: Partial<Settings>,
  pytorch: Partial<Settings>,
): Workload {
  return { name, title, without, ours: settingsOf(ours), pytorch: settingsOf(pytorch) };
}

const resnet101 = (batch: number): Workload =>
  same(`resnet101-b${batch}`, `ResNet-101, batch ${batch}`, { batch });

const guided = (batch: number): Workload[] => [
  same(`resnet101-b${batch}-teacher`, `ResNet-101, batch ${batch}, teacher pass and proxy guidance`, {
    batch,
    teacher: 'computed',
  }),
  saving(
    `resnet101-b${batch}-asg`,
    `ResNet-101, batch ${batch}, ASG epoch after the first (teacher outputs kept)`,
    `resnet101-b${batch}-teacher`,
    { batch, teacher: 'cached' },
    { batch, teacher: 'computed' },
  ),
];

export const WORKLOADS: readonly Workload[] = [
  same('resnet50-b8', 'ResNet-50, batch 8', { network: 'resnet50', batch: 8 }),
  ...[4, 8, 32].map(resnet101),
  ...[4, 8, 32].flatMap(guided),
  same('fcn8s-b1', 'FCN-8s-VGG16, 512², batch 1', { network: 'fcn8s', batch: 1 }),
  same('fcn8s-b1-forward', 'FCN-8s-VGG16, 1024×2048, batch 1, forward alone', {
    network: 'fcn8s',
    batch: 1,
    mode: 'forward',
    image: [1024, 2048],
  }),
  same('resnet101-b32-forward', 'ResNet-101, batch 32, forward alone', { batch: 32, mode: 'forward' }),
  saving(
    'resnet101-b4-norm',
    'ResNet-101, batch 4, BatchNorm as its own operation (what folding saves)',
    'resnet101-b4',
    { norm: 'separate' },
    {},
  ),
  saving(
    'resnet101-b4-rate0',
    'ResNet-101, batch 4, layer3 at rate 0 (no weight gradient there)',
    'resnet101-b4',
    { frozen: ['layer3'] },
    {},
  ),
  saving(
    'resnet101-b4-prefix',
    'ResNet-101, batch 4, stem to layer2 at rate 0 (no backward pass there)',
    'resnet101-b4',
    { frozen: ['stem', 'layer1', 'layer2'] },
    {},
  ),
];
