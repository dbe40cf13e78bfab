/**
 * A round of pixel labels at Cityscapes' size without a network: time an image and peak memory.
 * Run: node --conditions=@syn2real/source --import tsx packages/self-training/bench/streaming.ts [images]
 */
import { createRng } from '@syn2real/core';
import { addToTally, emptyTally, histogramConfidences, labelMap, rounds } from '../src/index.js';

const [classes, height, width] = [19, 1024, 2048];
const images = Number(process.argv[2] ?? 8);
const rng = createRng(0);
const values = new Float32Array(height * width * classes);
for (let pixel = 0; pixel < height * width; pixel++) {
  let sum = 0;
  for (let k = 0; k < classes; k++) {
    values[pixel * classes + k] = (k === pixel % classes ? 8 : 1) * -Math.log(1 - rng.uniform());
    sum += values[pixel * classes + k]!;
  }
  for (let k = 0; k < classes; k++) values[pixel * classes + k]! /= sum;
}
const probabilities = { values, classes };
const rss = (): number => process.memoryUsage().rss / 2 ** 20;
const before = rss();
let peak = before;
const timed = (what: string, work: () => void): void => {
  const began = performance.now();
  for (let i = 0; i < images; i++) {
    work();
    peak = Math.max(peak, rss());
  }
  const each = (performance.now() - began) / images;
  console.log(`${what}: ${each.toFixed(0)} ms an image; memory +${(peak - before).toFixed(0)} MiB at most`);
};

const driver = rounds({ classes, rounds: 1 });
const collector = histogramConfidences({ classes });
let seen = collector.init();
timed('histogram', () => {
  seen = collector.add(seen, probabilities);
});
const state = driver.begin(driver.init(), collector, seen);
let tally = emptyTally(classes);
timed('labels and report', () => {
  const { labels } = labelMap(probabilities, { lambda: state.plan!.lambda });
  tally = addToTally(tally, { probabilities, labels, previous: labels });
});
const { selected } = driver.report(state, tally).reports[0]!;
console.log(`selected ${(100 * selected).toFixed(2)} % of ${images} images; portion 20 %`);
