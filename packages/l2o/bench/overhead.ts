/**
 * What a controller costs: milliseconds per decision, per update of the policy, and per iteration for what it
 * observes (read together with the losses): the statistics of a classifier of 512 × 12, and, for Auto-RGN alone, the
 * norms of ResNet-101's gradients and weights.
 *
 * Run from the repository's root: node --conditions=@syn2real/source --import tsx packages/l2o/bench/overhead.ts [cpu|onnxruntime]
 */
import { createRng, tf } from '@syn2real/core';
import {
  act,
  classifierStatistics,
  createPolicyLearner,
  groupNorms,
  initPolicy,
  type Rollout,
  zeroHidden,
} from '@syn2real/l2o';

const backend = process.argv[2] ?? 'cpu';
if (backend === 'onnxruntime') {
  const name: string = '@syn2real/tfjs-backend-onnxruntime';
  await import(name);
}
if (!(await tf.setBackend(backend))) throw new Error(`No TensorFlow.js backend "${backend}".`);

const rng = createRng(0);
const policy = initPolicy(rng.split('policy'));
const observation = [2.48, 0.1, 0.2, 0, 0.0255, 1, 1, 1, 1, 1, 1, 1];
const { actions } = act(policy, observation, zeroHidden(), rng);
const rollout: Rollout = {
  hidden: zeroHidden(),
  transitions: Array.from({ length: 5 }, () => ({ observation, actions, reward: 0.1, episodeStart: false })),
};
const learner = createPolicyLearner();
const state = learner.init(policy);
const classifier = tf.randomNormal([512, 12]);

const timed = (times: number, f: () => void): number => {
  for (let i = 0; i < 5; i++) f();
  const all = Array.from({ length: times }, () => {
    const start = performance.now();
    f();
    return performance.now() - start;
  });
  return all.sort((a, b) => a - b)[Math.floor(times / 2)]!;
};

/** Tensors and parameters of ResNet-101's groups with the released classifier. */
const RESNET101 = {
  conv1: [1, 9408],
  bn1: [2, 128],
  layer1: [30, 215_808],
  layer2: [39, 1_219_584],
  layer3: [210, 26_090_496],
  layer4: [30, 14_964_736],
  classifier: [4, 1_055_244],
} as const;
const groups = Object.keys(RESNET101);
const network = Object.fromEntries(
  Object.entries(RESNET101).flatMap(([group, [tensors, parameters]]) =>
    Array.from({ length: tensors }, (_, i) => [
      `${group}.${i}`,
      tf.fill([Math.round(parameters / tensors)], 0.01),
    ]),
  ),
);

const result = {
  backend,
  decideMs: timed(100, () => act(policy, observation, zeroHidden(), rng)),
  updateMs: timed(30, () =>
    tf.tidy(() => {
      learner.update(state, rollout);
    }),
  ),
  observeMs: timed(100, () => {
    const statistics = classifierStatistics(classifier);
    statistics.dataSync();
    statistics.dispose();
  }),
  normsMs: timed(20, () => {
    const norms = groupNorms(network, network, (name) => name.slice(0, name.indexOf('.')), groups);
    norms.dataSync();
    norms.dispose();
  }),
};
console.log(JSON.stringify(result));
