import { disposeParams, type Params } from '@syn2real/core';
import { wiseFt } from '@syn2real/regularizers';

/** Runs `use` on the parameters that a recipe reports: the trained ones, or those between them and the start. */
export async function reported<T>(
  { wiseFt: alpha }: { readonly wiseFt?: number },
  { model }: { readonly model: { readonly params: Params } },
  params: Params,
  use: (params: Params) => Promise<T>,
): Promise<T> {
  if (alpha === undefined) return use(params);
  const between = wiseFt(model.params, params, alpha);
  try {
    return await use(between);
  } finally {
    disposeParams(between);
  }
}
