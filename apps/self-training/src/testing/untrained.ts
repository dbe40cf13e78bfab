import { join } from 'node:path';
import { createBackbone, oldHead } from '@syn2real/backbones';
import { createRng, disposeParams } from '@syn2real/core';
import { toStateDict, writeSafetensors } from '@syn2real/weights';

/** Writes a checkpoint of the mini benchmark's network that nobody trained; gives its file. */
export async function writeUntrained(folder: string): Promise<string> {
  const file = join(folder, 'pretrained.safetensors');
  const backbone = createBackbone('resnet10-28');
  const { params, buffers } = backbone.init(createRng(5));
  const old = oldHead(backbone.channels.pool!, backbone.oldClasses).init(createRng(6));
  await writeSafetensors(file, await toStateDict([params, buffers, old]));
  for (const part of [params, buffers, old]) disposeParams(part);
  return file;
}
