import type { SourceDomain, TargetDomain } from '@syn2real/core';
import { createLoader, type DecodePool, IMAGENET_TRANSFORM, type Loader } from '@syn2real/datasets';
import type { Model } from '../model/load.js';

/** A data set with a loader for it. */
export interface Loaded<Domain> {
  readonly domain: Domain;
  readonly loader: Loader;
}

/** A loader with the backbone's own transform. */
export function loaderFor(
  domain: SourceDomain | TargetDomain,
  { backbone }: Model,
  pool: DecodePool,
  {
    cacheMb,
    skipUnreadable,
    oldTask = false,
  }: {
    cacheMb: number;
    skipUnreadable: boolean;
    /** As the old task is measured: ImageNet's images are resized to 256 first. Default false. */
    oldTask?: boolean;
  },
): Loader {
  const { resize, crop } = backbone.input;
  const ofImagenet = crop === IMAGENET_TRANSFORM.crop;
  return createLoader({
    images: domain.images,
    transform: oldTask && ofImagenet ? IMAGENET_TRANSFORM : { resize, crop },
    workers: pool,
    cacheBytes: cacheMb * 2 ** 20,
    skipUnreadable,
  });
}
