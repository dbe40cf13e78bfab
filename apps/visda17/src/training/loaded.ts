import type { SourceDomain, TargetDomain } from '@syn2real/core';
import { createLoader, type DecodePool, type Loader } from '@syn2real/datasets';
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
  { cacheMb, skipUnreadable }: { cacheMb: number; skipUnreadable: boolean },
): Loader {
  const { resize, crop } = backbone.input;
  return createLoader({
    images: domain.images,
    transform: { resize, crop },
    workers: pool,
    cacheBytes: cacheMb * 2 ** 20,
    skipUnreadable,
  });
}
