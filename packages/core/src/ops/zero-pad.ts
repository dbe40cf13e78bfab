import { tf } from '../tf.js';
import type { WindowAxis } from './padding.js';

/** The image with the window's zeros around it; itself where there are none. */
export function zeroPad(x: tf.Tensor4D, [rows, columns]: readonly [WindowAxis, WindowAxis]): tf.Tensor4D {
  if (rows.before + rows.after + columns.before + columns.after === 0) return x;
  return tf.pad(x, [
    [0, 0],
    [rows.before, rows.after],
    [columns.before, columns.after],
    [0, 0],
  ]);
}
