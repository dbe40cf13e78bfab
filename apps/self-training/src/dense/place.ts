import type { DenseBatch } from '@syn2real/datasets';

/** A batch with the place of each of its images in the epoch's order, on which its draw depends. */
export interface PlacedBatch extends DenseBatch {
  readonly places: Int32Array;
}

/** Batches of an order in which each image stands once, with their places in it. */
export async function* withPlaces(
  batches: AsyncIterable<DenseBatch>,
  order: Int32Array,
): AsyncGenerator<PlacedBatch, void, undefined> {
  const placeOf = new Int32Array(order.length);
  order.forEach((image, place) => {
    placeOf[image] = place;
  });
  for await (const batch of batches)
    yield { ...batch, places: batch.indices.map((image) => placeOf[image]!) };
}
