import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createRng,
  disposeParams,
  type ImageSize,
  mapParams,
  type Params,
  type Rng,
  tf,
} from '@syn2real/core';
import { loadStateDict, readSafetensors } from '@syn2real/weights';
import { predictMap } from '../evaluation/predict-map.js';
import { disposeSegmenter, type Segmenter, segmenterFrom } from '../model/load.js';
import { denseNetwork, type NetworkChoice } from '../model/network.js';
import { exportModel } from '../training/summary.js';

/** A network before it was written and after it was read. */
export interface RoundTrip {
  readonly before: Uint8Array;
  readonly after: Uint8Array;
  /** What the file says of itself. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** The classes of a random image's pixels, from random weights, and from the same weights exported and loaded. */
export async function exportAndLoad(
  choice: NetworkChoice,
  { classes, size }: { classes: number; size: ImageSize },
): Promise<RoundTrip> {
  const rng = createRng(4);
  const dir = mkdtempSync(join(tmpdir(), 'export-'));
  const made = randomSegmenter(choice, classes, rng);
  const image = {
    size,
    pixels: Uint8Array.from({ length: size[0] * size[1] * 3 }, () => rng.integer(256)),
  };
  const classesOf = (model: Segmenter) => predictMap(model, model.params, image, { overlap: 0 });
  try {
    const before = await classesOf(made);
    await exportModel(dir, choice, { model: made }, made.params);
    const file = join(dir, 'model.safetensors');
    const { tensors } = await loadStateDict(file);
    const { metadata } = await readSafetensors(file, { names: [] });
    const loaded = segmenterFrom(choice, tensors, classes);
    try {
      return { before, after: await classesOf(loaded), metadata: metadata ?? {} };
    } finally {
      disposeSegmenter(loaded);
    }
  } finally {
    disposeSegmenter(made);
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Score layers too are drawn: they would begin with zeros, and tell nothing apart. */
function randomSegmenter(choice: NetworkChoice, classes: number, rng: Rng): Segmenter {
  const network = denseNetwork(choice, classes);
  const { params, buffers } = network.fcn.backbone.init(rng);
  const zeros = network.fcn.head.init(rng);
  const drawn: Params = mapParams(zeros, (tensor, name) => {
    const stream = rng.split(name);
    const noise = Float32Array.from({ length: tensor.size }, () => 0.05 * stream.normal());
    return tf.tidy(() => tensor.add(tf.tensor(noise, tensor.shape)));
  });
  disposeParams(zeros);
  const head = network.oldHead(network.fcn.backbone.oldClasses);
  const oldParams = head.init(rng);
  const apply: Segmenter['old']['apply'] = () => {
    throw new Error('The old classifier is not asked.');
  };
  return {
    ...network,
    params: { ...params, ...drawn },
    buffers,
    trained: true,
    old: { head, params: oldParams, apply },
  };
}
