/**
 * Sums ONNX Runtime's profile by operation: the median of each node over the runs.
 *
 *   TFJS_ONNXRUNTIME_PROFILE=/tmp/profile node "$(node bench/build.mjs)" '{"network":"resnet101","batch":4}' 4
 *   node bench/profile.mjs /tmp/profile_*.json [shapes]
 */
import { readFileSync } from 'node:fs';

const [file, detail] = process.argv.slice(2);
const events = JSON.parse(readFileSync(file, 'utf8')).filter(
  (event) => event.cat === 'Node' && event.name.endsWith('_kernel_time'),
);
const nodes = new Map();
for (const event of events) {
  const known = nodes.get(event.args.node_index);
  if (known === undefined) nodes.set(event.args.node_index, { event, durations: [event.dur] });
  else known.durations.push(event.dur);
}
const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];
const totals = new Map();
for (const { event, durations } of nodes.values()) {
  const kernel = event.name.replace(/\(.*$/, '').replace(/ #.*$/, '').replace('_kernel_time', '');
  const shapes = detail === undefined ? '' : ` ${JSON.stringify(event.args.output_type_shape)}`;
  const key = `${event.args.op_name.padEnd(18)} ${kernel}${shapes}`;
  const entry = totals.get(key) ?? { ms: 0, count: 0 };
  entry.ms += median(durations) / 1000;
  entry.count++;
  totals.set(key, entry);
}
const rows = [...totals].sort((a, b) => b[1].ms - a[1].ms);
const sum = rows.reduce((total, [, { ms }]) => total + ms, 0);
console.log(`${sum.toFixed(0)} ms a run (sum of medians) in ${nodes.size} nodes`);
for (const [key, { ms, count }] of rows.slice(0, 60)) {
  console.log(`${ms.toFixed(1).padStart(8)} ms ${String(Math.round(count)).padStart(5)} × ${key}`);
}
