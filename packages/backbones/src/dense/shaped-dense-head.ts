import type { DenseHead } from '@syn2real/core';
import type { Shapes } from '../backbone.js';

/** A {@link DenseHead} that knows the shapes of its tensors. */
export interface ShapedDenseHead extends DenseHead {
  /** Shapes by name, in state-dict order and TensorFlow.js layout. */
  paramShapes(): Shapes;
}
