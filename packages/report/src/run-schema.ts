import { z } from 'zod';

const absent = <T>(value: T | null | undefined): T | undefined => value ?? undefined;
const optional = <S extends z.ZodType>(schema: S) => schema.nullish().transform(absent);

const fraction = z
  .number()
  .min(0, 'an accuracy is a fraction from 0 to 1')
  .max(1, 'an accuracy is a fraction from 0 to 1, not a percentage');
const meanClass = optional(z.looseObject({ meanClassAccuracy: optional(fraction) }));
const perClass = optional(z.array(fraction.nullable()));
const target = { meanClassAccuracy: optional(fraction), perClass };
const epoch = z.int().min(0);

/** A `kind: "epoch"` line of log.jsonl. */
export const epochLine = z.looseObject({
  epoch,
  step: optional(z.int().min(0)),
  taskLoss: optional(z.number()),
  regularizerLoss: optional(z.number()),
  source: meanClass,
  retention: optional(
    z.looseObject({ accuracy: optional(fraction), agreement: optional(fraction), kl: optional(z.number()) }),
  ),
  distance: optional(z.record(z.string(), z.number().min(0))),
  target: optional(z.looseObject(target)),
});

/** Any line of log.jsonl. */
export const logLine = z.looseObject({ kind: z.string() });

/** summary.json. */
export const summary = z.looseObject({
  method: z.string().min(1),
  label: optional(z.string().min(1)),
  seed: optional(z.number()),
  selection: optional(z.string()),
  source: meanClass,
  target: optional(z.looseObject({ ...target, epoch: optional(epoch) })),
  retention: optional(z.looseObject({ accuracy: optional(fraction) })),
  oracle: optional(z.looseObject({ bestEpoch: optional(epoch), meanClassAccuracy: optional(fraction) })),
  seconds: optional(z.number().min(0)),
  fingerprint: z.unknown().optional(),
  classes: optional(z.array(z.string())),
});
