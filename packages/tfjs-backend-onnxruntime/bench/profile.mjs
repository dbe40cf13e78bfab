/**
 * Sums ONNX Runtime's profile by operation.
 *
 *   TFJS_ONNXRUNTIME_PROFILE=/tmp/profile node ... bench/step.ts resnet101 4 4
 *   node bench/profile.mjs /tmp/profile_*.json [steps]
 */
import { readFileSync } from 'node:fs';

const [file, detail] = process.argv.slice(2);
const events = JSON.parse(readFileSync(file, 'utf8')).filter(
  (event) => event.cat === 'Node' && event.name.endsWith('_kernel_time'),
);
const runs = new Map();
for (const event of events) runs.set(event.args.node_index, (runs.get(event.args.node_index) ?? 0) + 1);
const steps = Math.max(...runs.values());
const totals = new Map();
for (const event of events) {
  const kernel = event.name.replace(/\(.*$/, '').replace(/ #.*$/, '').replace('_kernel_time', '');
  const shapes = detail === undefined ? '' : ` ${JSON.stringify(event.args.output_type_shape)}`;
  const key = `${event.args.op_name.padEnd(18)} ${kernel}${shapes}`;
  const entry = totals.get(key) ?? { ms: 0, count: 0 };
  entry.ms += event.dur / 1000 / steps;
  entry.count += 1 / steps;
  totals.set(key, entry);
}
const rows = [...totals].sort((a, b) => b[1].ms - a[1].ms);
const sum = rows.reduce((total, [, { ms }]) => total + ms, 0);
console.log(`${steps} runs, ${sum.toFixed(0)} ms a run in ${events.length / steps} nodes`);
for (const [key, { ms, count }] of rows.slice(0, 60)) {
  console.log(`${ms.toFixed(1).padStart(8)} ms ${String(Math.round(count)).padStart(5)} × ${key}`);
}
