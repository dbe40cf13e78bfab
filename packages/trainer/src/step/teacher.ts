import {
  type Buffers,
  type FunctionRegularizer,
  type Network,
  type OldHead,
  type Params,
  type TeacherRecord,
  tf,
} from '@syn2real/core';

/** What each function regularizer keeps of the teacher for a batch, by the regularizer's name. */
export type TeacherRecords = Readonly<Record<string, TeacherRecord>>;

/** The frozen network and what is wanted of it. */
export interface Teacher {
  readonly network: Pick<Network, 'apply'>;
  readonly params: Params;
  readonly buffers: Buffers;
  readonly oldHead: OldHead;
  readonly regularizers: readonly FunctionRegularizer[];
}

/**
 * One pass of the frozen network over `images` `[B, H, W, 3]`; the caller owns the records.
 *
 * A single image is passed twice and one copy's record kept: matrix products of one row are summed in another order by
 * native engines, and an image's record must not depend on what else is in its batch (see `createTeacherCache`).
 *
 * @example
 * ```ts
 * const records = teacherRecords(teacher, batch.images);
 * ```
 */
export function teacherRecords(
  { network, params, buffers, oldHead, regularizers }: Teacher,
  images: tf.Tensor4D,
): TeacherRecords {
  if (regularizers.length === 0) return {};
  return tf.tidy(() => {
    const alone = images.shape[0] === 1;
    const want = [...new Set(regularizers.flatMap(({ needs }) => needs))];
    const features = network.apply(params, buffers, alone ? tf.concat([images, images]) : images, want);
    const records: Record<string, TeacherRecord> = {};
    for (const { name, record } of regularizers) {
      const made = record(features, oldHead);
      records[name] = alone ? firstRow(made) : made;
    }
    return records;
  });
}

function firstRow(record: TeacherRecord): TeacherRecord {
  return Object.fromEntries(Object.entries(record).map(([name, tensor]) => [name, tensor.slice([0], [1])]));
}

/** Disposes every tensor of the records. */
export function disposeRecords(records: TeacherRecords): void {
  for (const record of Object.values(records)) {
    for (const tensor of Object.values(record)) if (!tensor.isDisposed) tensor.dispose();
  }
}
