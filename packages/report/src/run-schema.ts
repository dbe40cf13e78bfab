import { z } from 'zod';

const absent = <T>(value: T | null | undefined): T | undefined => value ?? undefined;
const optional = <S extends z.ZodType>(schema: S) => schema.nullish().transform(absent);

const fraction = z
  .number()
  .min(0, 'a fraction from 0 to 1')
  .max(1, 'a fraction from 0 to 1, not a percentage');
const perClass = optional(z.array(fraction.nullable()));
const epoch = z.int().min(0);
const step = optional(z.int().min(0));

const source = optional(
  z.looseObject({ meanClassAccuracy: optional(fraction), meanIou: optional(fraction) }),
);
const retention = optional(
  z.looseObject({ accuracy: optional(fraction), agreement: optional(fraction), kl: optional(z.number()) }),
);
const target = {
  meanClassAccuracy: optional(fraction),
  perClass,
  meanIou: optional(fraction),
  perClassIou: perClass,
  pixelAccuracy: optional(fraction),
};
const readings = { source, retention, target: optional(z.looseObject(target)) };

const confusion = z.array(z.array(z.number().min(0))).superRefine((rows, context) => {
  const bad = rows.findIndex((row) => row.length !== rows.length);
  if (bad === -1) return;
  context.addIssue({
    code: 'custom',
    message: `row ${bad} has ${rows[bad]?.length} counts, of ${rows.length} classes`,
  });
});

/** A `kind: "epoch"` line of log.jsonl. */
export const epochLine = z.looseObject({
  epoch,
  step,
  taskLoss: optional(z.number()),
  regularizerLoss: optional(z.number()),
  distance: optional(z.record(z.string(), z.number().min(0))),
  ...readings,
});

/** A `kind: "round"` line of log.jsonl. */
export const roundLine = z.looseObject({
  round: z.int().min(1),
  step,
  portion: optional(fraction),
  selected: optional(fraction),
  selectedPerClass: perClass,
  distribution: perClass,
  agreement: optional(fraction),
  entropy: optional(z.number().min(0)),
  oracle: optional(z.looseObject({ pseudoLabelAccuracy: optional(fraction) })),
  ...readings,
});

/** Any line of log.jsonl. */
export const logLine = z.looseObject({ kind: z.string() });

/** summary.json. */
export const summary = z
  .looseObject({
    method: z.string().min(1),
    label: optional(z.string().min(1)),
    task: optional(z.enum(['classification', 'segmentation'])),
    seed: optional(z.number()),
    selection: optional(z.string()),
    source,
    target: optional(z.looseObject({ ...target, epoch: optional(epoch), confusion: optional(confusion) })),
    retention,
    oracle: optional(
      z.looseObject({
        bestEpoch: optional(epoch),
        meanClassAccuracy: optional(fraction),
        meanIou: optional(fraction),
      }),
    ),
    seconds: optional(z.number().min(0)),
    fingerprint: z.unknown().optional(),
    classes: optional(z.array(z.string()).min(1)),
  })
  .superRefine(({ classes, target: read }, context) => {
    const lists = {
      confusion: read?.confusion,
      perClass: read?.perClass,
      perClassIou: read?.perClassIou,
    };
    for (const [name, list] of Object.entries(lists)) {
      if (classes === undefined || list === undefined || list.length === 0) continue;
      if (list.length === classes.length) continue;
      context.addIssue({
        code: 'custom',
        path: ['target', name],
        message: `${list.length} entries, of ${classes.length} classes`,
      });
    }
  });

/** What a reading of an epoch, a round or the selected checkpoint may hold. */
export type Readings = Pick<z.output<typeof epochLine>, 'source' | 'retention' | 'target'>;
