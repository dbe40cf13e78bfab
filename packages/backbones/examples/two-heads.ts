import { asgHead, createBackbone, oldHead, splitState } from '@syn2real/backbones';
import { type Buffers, createRng, type Params, tf } from '@syn2real/core';

/** Scores of a pretrained network's own classifier and of a new one of 12 classes. */
export function twoHeads(name: string, state: { params: Params; buffers: Buffers }, images: tf.Tensor4D) {
  const backbone = createBackbone(name); // "resnet101"
  const fc = oldHead(backbone.channels.pool!, backbone.oldClasses);
  const { params, buffers, heads } = splitState(backbone, [fc], state); // strict, by name
  const head = asgHead(backbone.channels.pool!, 12);
  const trained = { ...params, ...head.init(createRng(0)) };
  const scores = tf.tidy(() => {
    const { pool } = backbone.apply(trained, buffers, images, ['pool']);
    return { fresh: head.apply(trained, pool!), old: fc.apply(heads.fc!, pool!) };
  });
  return { scores, groups: Object.keys(trained).map(backbone.groupOf) }; // a learning rate per group
}
