import { fileURLToPath } from 'node:url';

const asset = (name: string): string => fileURLToPath(new URL(`../assets/${name}`, import.meta.url));

/** The networks that checkpoints are shipped of. */
export type MinibenchNetwork = 'resnet10-28' | 'resnet10-28-ibn-a';

/**
 * The shipped checkpoint of a network, by default of `resnet10-28`, the benchmark's "ImageNet" network: a safetensors file with torchvision's
 * names (float32, conv kernels [out, in, height, width]).
 *
 * The network is a ResNet of basic blocks [1, 1, 1, 1], widths 32, 64, 128, 256, stage strides 2, 2, 2, 1, after a
 * 3 × 3 stem of stride 1 without pooling; it takes [28, 28, 3] in 0…1, the grey value in all three channels, and
 * tells 242 characters of eight alphabets apart. Its metadata says how it was trained and its held-out accuracy.
 * `resnet10-28-ibn-a` is the same as IBN-Net-a, trained by the same recipe.
 *
 * @example
 * ```ts
 * import { checkpointPath } from '@syn2real/minibench';
 * console.log(checkpointPath()); // …/assets/resnet10-28.safetensors
 * ```
 * @see B. M. Lake, R. Salakhutdinov, J. B. Tenenbaum, Human-level concept learning through probabilistic program induction, Science 350, 2015 (Omniglot)
 */
export function checkpointPath(network: MinibenchNetwork = 'resnet10-28'): string {
  return asset(`${network}.safetensors`);
}

/**
 * The shipped held-out part of Omniglot: 968 images (242 characters × drawers 17-20) as 28 × 28 tiles of one
 * grey PNG; `prepareMinibench` takes it apart into files.
 */
export function retentionPath(): string {
  return asset('omniglot-heldout.png');
}

/** The labels, characters and drawers of {@link retentionPath}'s tiles. */
export function retentionLabelsPath(): string {
  return asset('omniglot-heldout.json');
}
