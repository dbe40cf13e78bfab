import { type GroupRates, type Rng, tf } from '@syn2real/core';
import { IGNORED } from '@syn2real/datasets';
import { confidentLabels } from '@syn2real/self-training';
import { type StepResult, type TrainState, trainStep } from '@syn2real/trainer';
import { averaged, reportedParams } from '../training/teacher.js';
import { cropMap } from './crop-map.js';
import type { PlacedBatch } from './place.js';
import type { DenseRound } from './round.js';
import { readShares } from './round-files.js';
import type { DenseSession } from './session.js';

/** One step on a batch of an epoch. */
export type DenseStepper = (
  state: TrainState,
  batch: PlacedBatch,
  at: { readonly round: DenseRound; readonly rng: Rng; readonly rates: GroupRates },
) => Promise<StepResult>;

/**
 * Steps of a session. Labels of a batch are those of its round on disk: a class a pixel, or with LRENT a distribution; a mean
 * teacher has its own of each square, the same that the student sees.
 *
 * @param dir the run's folder
 */
export function createDenseStepper(dir: string, session: DenseSession): DenseStepper {
  const { method, parts } = session;
  return async (state, batch, { round, rng, rates }) => {
    const { count, indices } = batch;
    const { side } = round.loader;
    const images = tf.tensor4d(batch.images, [count, side, side, 3]);
    const isTarget = tf.tensor1d(Float32Array.from(indices, (index) => (index < round.firstTarget ? 0 : 1)));
    const labels = await labelsOf(dir, session, state, batch, { round, rng, images });
    try {
      const result = await trainStep(parts, state, {
        batch: { images, labels, isTarget },
        rates,
        inPlace: true,
      });
      return method.kind === 'mean-teacher' ? averaged(result, method.decay) : result;
    } finally {
      tf.dispose([images, labels, isTarget]);
    }
  };
}

interface BatchAt {
  readonly round: DenseRound;
  readonly rng: Rng;
  readonly images: tf.Tensor4D;
}

async function labelsOf(
  dir: string,
  session: DenseSession,
  state: TrainState,
  batch: PlacedBatch,
  at: BatchAt,
): Promise<tf.Tensor3D | tf.Tensor4D> {
  const { method } = session;
  const { side } = at.round.loader;
  if (method.kind === 'mean-teacher') return taught(session, state, batch, at, method.threshold);
  if (method.kind === 'crst' && method.alpha > 0) return soft(dir, session, batch, at);
  return tf.tensor3d(Int32Array.from(batch.labels), [batch.count, side, side], 'int32');
}

/** Distributions `[count, side, side, K]`: of a round's soft labels, and one-hot of the source's; zeros where there is none. */
async function soft(
  dir: string,
  { source }: DenseSession,
  { count, indices, places, labels }: PlacedBatch,
  { round, rng }: BatchAt,
): Promise<tf.Tensor4D> {
  const { side } = round.loader;
  const classes = source.classes.length;
  const pixels = side * side;
  const values = new Float32Array(count * pixels * classes);
  for (let row = 0; row < count; row++) {
    const into = values.subarray(row * pixels * classes, (row + 1) * pixels * classes);
    const labelled = round.labelled[indices[row]! - round.firstTarget];
    if (labelled === undefined) {
      for (let pixel = 0; pixel < pixels; pixel++) {
        const k = labels[row * pixels + pixel]!;
        if (k !== IGNORED) into[pixel * classes + k] = 1;
      }
      continue;
    }
    const draw = round.draw(indices[row]!, rng.split(places[row]!));
    for (const { k, shares } of await readShares(dir, round.round, labelled)) {
      const cut = cropMap(shares, labelled.size, draw, { crop: side, outside: 0 });
      for (let pixel = 0; pixel < pixels; pixel++) into[pixel * classes + k] = cut[pixel]! / 255;
    }
  }
  return tf.tensor4d(values, [count, side, side, classes]);
}

/** The source's labels one-hot, and what the teacher says of target pixels inside the image where it is confident. */
function taught(
  { model, source }: DenseSession,
  state: TrainState,
  { count, indices, places, labels }: PlacedBatch,
  { round, rng, images }: BatchAt,
  threshold: number,
): tf.Tensor4D {
  const { side } = round.loader;
  const pixels = side * side;
  const classes = source.classes.length;
  const known = Int32Array.from(labels);
  const asked = new Float32Array(count * pixels);
  for (let row = 0; row < count; row++) {
    const target = round.labelled[indices[row]! - round.firstTarget];
    if (target === undefined) continue;
    known.fill(IGNORED, row * pixels, (row + 1) * pixels);
    const [height, width] = target.size;
    const inside = new Uint8Array(height * width).fill(1);
    const draw = round.draw(indices[row]!, rng.split(places[row]!));
    asked.set(cropMap(inside, target.size, draw, { crop: side, outside: 0 }), row * pixels);
  }
  return tf.tidy(() => {
    const { backbone, head } = model.fcn;
    const params = reportedParams(state);
    const features = backbone.apply(params, model.buffers, images, head.features);
    const scores = head.apply(params, features, [side, side]).reshape<tf.Tensor2D>([count * pixels, classes]);
    const own = confidentLabels(scores, { threshold });
    // a class of 255 is none of the columns: its row is zeros
    const given = tf.oneHot(tf.tensor1d(known, 'int32'), classes).cast('float32');
    const rows = given.add(own.mul(tf.tensor2d(asked, [count * pixels, 1])));
    return rows.reshape<tf.Tensor4D>([count, side, side, classes]);
  });
}
