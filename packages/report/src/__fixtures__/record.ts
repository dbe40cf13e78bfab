import type { RunRecord } from '../run-record.js';

/** A run record with the given parts; the rest is what a folder with the least in it gives. */
export const record = (parts: Partial<RunRecord>): RunRecord => ({
  dir: '/runs/x',
  name: 'x',
  method: 'naive',
  label: parts.method ?? 'naive',
  selection: 'last',
  final: {},
  epochs: [],
  ...parts,
});
