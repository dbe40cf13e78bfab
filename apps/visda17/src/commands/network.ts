import type { OptionValues } from '@syn2real/cli';
import type { TargetDomain } from '@syn2real/core';
import { createDecodePool, type DecodePool, type Loader, openVisda17Target } from '@syn2real/datasets';
import { selectBackend } from '@syn2real/trainer';
import { type Model, modelFrom } from '../model/load.js';
import { loadWeights } from '../model/weights.js';
import { loaderFor } from '../training/loaded.js';
import type { networkOptions } from './options.js';

/** A network with threads to decode images for it. */
export interface OpenWeights {
  readonly model: Model;
  readonly pool: DecodePool;
  close(): Promise<void>;
}

/** A network and the images of a target split. */
export interface OpenNetwork extends OpenWeights, OpenTarget {}

/** The images of a target split. */
export interface OpenTarget {
  readonly target: TargetDomain;
  readonly loader: Loader;
}

type NetworkOptions = OptionValues<typeof networkOptions>;

/** Opens data, weights and backend for the commands that only run a network. */
export async function openNetwork(
  options: NetworkOptions,
  log: (line: string) => void,
): Promise<OpenNetwork> {
  const target = await openVisda17Target(options.data, { split: options.split });
  const network = await openWeights(options, log);
  return { ...network, ...targetOf(target, options, network) };
}

/** Opens weights and backend. */
export async function openWeights(
  options: Omit<NetworkOptions, 'data'>,
  log: (line: string) => void,
): Promise<OpenWeights> {
  await selectBackend(options.backend, { log });
  const weights = await loadWeights(options.weights, options);
  const model = modelFrom(options.backbone, weights.tensors);
  const pool = createDecodePool({ workers: options.workers });
  return { model, pool, close: () => pool.close() };
}

/** Opens the images of a target split for a network. */
export async function openTarget(options: NetworkOptions, network: OpenWeights): Promise<OpenTarget> {
  return targetOf(await openVisda17Target(options.data, { split: options.split }), options, network);
}

function targetOf(
  target: TargetDomain,
  { skipUnreadable }: NetworkOptions,
  { model, pool }: OpenWeights,
): OpenTarget {
  return { target, loader: loaderFor(target, model, pool, { cacheMb: 0, skipUnreadable }) };
}
