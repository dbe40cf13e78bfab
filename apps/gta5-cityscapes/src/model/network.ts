import {
  type Backbone,
  createBackbone,
  createFcn,
  type Fcn,
  oldHead,
  type ShapedHead,
  vgg,
  vggOldHead,
} from '@syn2real/backbones';

/** Which network, as the options name it. */
export interface NetworkChoice {
  readonly backbone: string;
  readonly head: 'fcn' | 'aspp';
  readonly outputStride?: number;
}

/** A network for segmentation and what it was before: descriptions without tensors. */
export interface DenseNetwork {
  readonly choice: NetworkChoice;
  readonly fcn: Fcn;
  /**
   * The same backbone as its old task has it: its own stride and padding, the same names of tensors. What is kept of the
   * old task is measured on it.
   */
  readonly oldTask: Backbone;
  /** The old classifier, for so many classes. */
  readonly oldHead: (classes: number) => ShapedHead;
  /** The tensor of the old classifier's last layer: as many rows as there were classes. */
  readonly oldScores: string;
  /** The pretrained network where its tensors have other names: VGG-16's. */
  readonly plain?: Backbone;
  /** Which of the score layers' kernels a policy looks at. */
  readonly observedKernel: string;
}

/** The network that the options name, for so many classes. */
export function denseNetwork(choice: NetworkChoice, classes: number): DenseNetwork {
  const { backbone, head, outputStride } = choice;
  const options = { classes, head, ...(outputStride === undefined ? {} : { outputStride }) };
  const fcn = createFcn(backbone, options);
  const width = fcn.backbone.channels.pool!;
  if (backbone !== 'vgg16-fcn') {
    return {
      choice,
      fcn,
      oldTask: createBackbone(backbone),
      oldHead: (old) => oldHead(width, old),
      oldScores: 'fc.weight',
      observedKernel: 'classifier.4.weight',
    };
  }
  const plain = createBackbone('vgg16');
  return {
    choice,
    fcn,
    oldTask: vgg({
      name: 'vgg16',
      spec: { widths: [64, 128, 256, 512, 512], naming: 'fcn', padding: 1, ceil: false },
      input: plain.input,
      oldClasses: plain.oldClasses,
    }),
    oldHead: (old) => vggOldHead(width, old),
    oldScores: 'classifier.6.weight',
    plain,
    observedKernel: 'upscore8.weight',
  };
}

/** The form of a ResNet's dense head and its classes, read off a file's tensors; undefined where there is none. */
export function headIn(
  tensors: Readonly<Record<string, { readonly shape: readonly number[] }>>,
): { head: 'fcn' | 'aspp'; classes: number } | undefined {
  const fcn8s = tensors['score_fr.weight']?.shape[0];
  if (fcn8s !== undefined) return { head: 'fcn', classes: fcn8s };
  const scores = tensors['classifier.4.weight']?.shape;
  if (scores === undefined || scores.length !== 4) return undefined;
  return { head: 'classifier.0.weight' in tensors ? 'fcn' : 'aspp', classes: scores[0]! };
}
