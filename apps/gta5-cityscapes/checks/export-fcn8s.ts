/**
 * FCN-8s with VGG-16 at its real size, random weights: exported, loaded back, it must tell every pixel of a
 * 512 × 1024 image as before.
 *
 *   node --conditions=@syn2real/source --import tsx apps/gta5-cityscapes/checks/export-fcn8s.ts
 *
 * Writes 1 GB into the temporary folder for the time being, and takes about 8 GB of memory and minutes.
 */
import { selectBackend } from '@syn2real/trainer';
import { exportAndLoad } from '../src/testing/round-trip.js';

await selectBackend('auto', { log: console.log });
const choice = { backbone: 'vgg16-fcn', head: 'fcn' } as const;
const { before, after } = await exportAndLoad(choice, { classes: 19, size: [512, 1024] });
const other = before.reduce((sum, value, pixel) => sum + (value === after[pixel] ? 0 : 1), 0);
console.log(
  `${before.length} pixels of ${new Set(before).size} classes; ${other} told otherwise after loading`,
);
process.exitCode = other === 0 && new Set(before).size > 1 ? 0 : 1;
