import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { trainOptions } from '@syn2real/app-visda17';
import { UserError } from '@syn2real/core';
import { z } from 'zod';
import type { Asked, Recipe } from '../config/train-options.js';

/** What a start says of itself. */
export interface Start<Config = StartConfig> {
  /** Its weights: a file, URL or hub id. */
  readonly weights: string;
  /** What its config settles; nothing of a checkpoint alone. */
  readonly config: Config;
}

const startConfig = z.object({
  data: z.string().optional(),
  backbone: z.string().optional(),
  retention: z.string().optional(),
  sourceHeldOut: z.number().optional(),
  tta: z.enum(['flip', 'none']).optional(),
  /** Of the run that held source images out. */
  heldOutSeed: z.number().optional(),
  seed: z.number().optional(),
});

type StartConfig = z.output<typeof startConfig>;

/**
 * The weights of a start and, where it is a run's folder, what its config settles.
 *
 * @throws UserError where the folder is no finished run
 */
export function openStart(init: string): Start {
  return readStart(init, startConfig);
}

/** The same, of another program's runs; every key of the schema is optional. */
export function readStart<Config>(init: string, schema: z.ZodType<Config>): Start<Config> {
  if (!existsSync(init) || !statSync(init).isDirectory()) {
    return { weights: init, config: schema.parse({}) };
  }
  const [config, weights] = [join(init, 'config.json'), join(init, 'model.safetensors')];
  if (!existsSync(config) || !existsSync(weights)) {
    throw new UserError({
      what: `${init} is not the folder of a finished run`,
      got: existsSync(config) ? 'no model.safetensors there' : 'no config.json there',
      expected: 'config.json and model.safetensors',
      fix: existsSync(config)
        ? 'let that run end first (--resume)'
        : 'name a run folder, or a checkpoint file',
    });
  }
  const parsed = schema.safeParse(JSON.parse(readFileSync(config, 'utf8')));
  if (!parsed.success) {
    throw new UserError({
      what: `${config} is not a run's`,
      got: z.prettifyError(parsed.error),
      fix: 'name another run folder, or its model.safetensors with --data and --backbone',
    });
  }
  return { weights, config: parsed.data };
}

/** A recipe with what the start settles where it is silent itself. @throws UserError where nothing names the data */
export function settle(asked: Asked & { init: string }, { config }: Start): Recipe {
  const data = asked.data ?? config.data;
  if (data === undefined) {
    throw new UserError({
      what: 'no data set is named',
      got: `--init ${asked.init}, ${whatIs(asked.init)}`,
      fix: 'pass --data too, or start from a run folder of visda17 (gta5-cityscapes: --task gta5-cityscapes)',
    });
  }
  const retention = asked.retention ?? config.retention;
  return {
    ...asked,
    data,
    backbone: asked.backbone ?? config.backbone ?? trainOptions.backbone.schema.def.defaultValue,
    sourceHeldOut: asked.sourceHeldOut ?? config.sourceHeldOut ?? 0,
    heldOutSeed: asked.heldOutSeed ?? config.heldOutSeed ?? config.seed ?? asked.seed,
    tta: asked.tta ?? config.tta ?? trainOptions.tta.schema.def.defaultValue,
    ...(retention === undefined ? {} : { retention }),
  };
}

function whatIs(init: string): string {
  if (!existsSync(init)) return 'where no run folder is; a URL or hub id is a checkpoint alone';
  return statSync(init).isDirectory() ? 'whose config.json names none' : 'which is a checkpoint alone';
}
