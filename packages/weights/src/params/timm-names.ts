import { emptyStateDict, type StateDict } from '../tensor-record.js';

/** timm's names of VGG's classifier, in the place of torchvision's. */
const VGG: readonly (readonly [RegExp, string])[] = [
  [/^pre_logits\.fc1\./, 'classifier.0.'],
  [/^pre_logits\.fc2\./, 'classifier.3.'],
  [/^head\.fc\./, 'classifier.6.'],
];

/**
 * timm's names and shapes turned into torchvision's. timm's VGG-16 keeps its classifier as convolutions
 * (`pre_logits.fc1` `[4096, 512, 7, 7]`, `pre_logits.fc2` `[4096, 4096, 1, 1]`, `head.fc`); they become `classifier.0`, `.3` and
 * `.6`, the kernels flattened to `[4096, 25088]` and `[4096, 4096]`. ResNets carry torchvision's names in timm too and pass unchanged.
 *
 * @returns a new record; the tensors' bytes are shared
 */
export function toTorchvisionNames(tensors: StateDict): StateDict {
  if (!Object.keys(tensors).some((name) => name.startsWith('pre_logits.fc1.'))) return tensors;
  const out = emptyStateDict();
  for (const [name, tensor] of Object.entries(tensors)) {
    const [pattern, prefix] = VGG.find(([timm]) => timm.test(name)) ?? [/^/, ''];
    const isKernel = prefix !== '' && tensor.shape.length === 4;
    const [outputs = 0, ...rest] = tensor.shape;
    out[name.replace(pattern, prefix)] = isKernel
      ? { ...tensor, shape: [outputs, rest.reduce((product, size) => product * size, 1)] }
      : tensor;
  }
  return out;
}
