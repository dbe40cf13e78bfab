import {
  type Controller,
  createRng,
  disposeParams,
  type GroupRates,
  type Params,
  sgd,
  tf,
} from '@syn2real/core';
import { classifierStatistics, createControlLoop, scaledRates } from '@syn2real/l2o';

/**
 * A plain TensorFlow.js training loop, of a two-layer network on made-up data, with a controller beside it.
 *
 * @returns the loss of each iteration and the scales decided on
 */
export function trainWithController<State>(
  controller: Controller<State>,
  { epochs = 2, iterationsPerEpoch = 50, baseRate = 1e-2, seed = 0 } = {},
): { losses: number[]; decided: GroupRates[] } {
  const rng = createRng(seed);
  const data = rng.split('data');
  const normal = (shape: [number, number]) =>
    tf.tensor2d(Float32Array.from({ length: shape[0] * shape[1] }, data.normal), shape);
  const [x, y] = [normal([64, 4]), normal([64, 1])];
  let params: Params = { 'body.w': normal([4, 8]), 'head.w': normal([8, 1]) };
  const names = Object.keys(params);
  const lossOf = (body: tf.Tensor, head: tf.Tensor) =>
    tf.losses.meanSquaredError(y, x.matMul(body).relu().matMul(head)).asScalar();

  const optimizer = sgd((name) => name.split('.')[0]!);
  let momentum = optimizer.init(params);
  const loop = createControlLoop({ controller, groups: ['body', 'head'], epochs, iterationsPerEpoch });
  let control = loop.init(rng.split('controller')); // plain JSON: it goes into a checkpoint at any iteration
  const losses: number[] = [];
  const decided: GroupRates[] = [];

  for (let step = 0; step < epochs * iterationsPerEpoch; step++) {
    const { value, grads } = tf.valueAndGrads(lossOf)(names.map((name) => params[name]!));
    const named = Object.fromEntries(names.map((name, i) => [name, grads[i]!]));
    const next = optimizer.update(named, momentum, params, scaledRates(control.scales, baseRate));
    for (const record of [params, momentum, named]) disposeParams(record);
    ({ params, state: momentum } = next);

    const read = tf.tidy(() => tf.concat([value.reshape([1]), classifierStatistics(params['head.w']!)]));
    const [taskLoss, classifierMean, classifierStd] = read.dataSync() as Float32Array;
    tf.dispose([value, read]);
    losses.push(taskLoss!);
    const { state, decision } = loop.record(control, {
      loss: taskLoss!,
      taskLoss: taskLoss!,
      regularizerLoss: 0,
      classifierMean: classifierMean!,
      classifierStd: classifierStd!,
    });
    if (decision) decided.push(decision.scales);
    control = state;
  }
  for (const record of [params, momentum, { x, y }]) disposeParams(record);
  return { losses, decided };
}
