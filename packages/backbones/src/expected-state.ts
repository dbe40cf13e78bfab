import type { Backbone, Shapes } from './backbone.js';
import type { ShapedHead } from './heads.js';

/**
 * The tensors that a state dict of this backbone with these heads holds, by name, with PyTorch's shapes: kernels
 * `[out, in, kh, kw]`, linear weights `[out, in]`.
 *
 * `num_batches_tracked` is not among them: files have it or not, and it means nothing with frozen statistics.
 *
 * @example
 * ```ts
 * const backbone = createBackbone('resnet101');
 * expectedState(backbone, [oldHead(2048, 1000)])['fc.weight']; // [1000, 2048]
 * ```
 */
export function expectedState(backbone: Backbone, heads: readonly ShapedHead[] = []): Shapes {
  const shapes: Record<string, readonly number[]> = {};
  for (const part of [
    backbone.paramShapes(),
    backbone.bufferShapes(),
    ...heads.map((head) => head.paramShapes()),
  ]) {
    for (const [name, shape] of Object.entries(part)) shapes[name] = torchShape(shape);
  }
  return shapes;
}

/** `[kh, kw, in, out]` → `[out, in, kh, kw]`, `[in, out]` → `[out, in]`. */
function torchShape(shape: readonly number[]): readonly number[] {
  const [a = 0, b = 0, c = 0, d = 0] = shape;
  if (shape.length === 4) return [d, c, a, b];
  return shape.length === 2 ? [b, a] : shape;
}
