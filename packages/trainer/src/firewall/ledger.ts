import { join } from 'node:path';
import type { OracleReading } from '@syn2real/core';
import { openAppendFile } from '../files/append-file.js';
import type { JsonObject } from '../files/json.js';
import type { Journal } from '../log/journal.js';
import { readJsonLines, wholeLines } from '../log/log.js';
import type { Run } from '../run/run.js';

/** The record of every look at a target's labels. */
export interface Ledger {
  /** Takes down one reading; what an oracle is given as its callback. */
  readonly onReading: (reading: OracleReading) => void;
  /** Every reading since the run began, also those that a resumed run made twice. */
  readings(): readonly OracleReading[];
  /** For the summary: how many readings there were, and how many for each purpose. */
  summary(): JsonObject;
}

/** Options of {@link createLedger}. */
export interface LedgerOptions {
  /** Also writes each reading as a line of kind `"oracle"`. Default: none. */
  journal?: Journal;
  /** Steps done at the moment of a reading. Default: 0 always. */
  step?: () => number;
  /** Milliseconds since 1970. Default Date.now. */
  now?: () => number;
}

/**
 * Opens the ledger of a run, `ledger.jsonl`: it only ever grows, whatever is resumed, so that no reading is forgotten.
 *
 * @throws UserError where the disk refuses, at once or at a reading: what cannot be recorded is not read
 * @example
 * ```ts
 * const ledger = createLedger(run, { journal, step: () => state.step });
 * const oracle = openOracle({ onReading: ledger.onReading });
 * writeSummary(run, { ...numbers, oracleReadings: ledger.summary() });
 * ```
 */
export function createLedger(
  run: Run,
  { journal, step = () => 0, now = Date.now }: LedgerOptions = {},
): Ledger {
  const path = join(run.dir, LEDGER);
  const length = wholeLines(run.files, path);
  const readings = readJsonLines<OracleReading>(run.files, path).map(
    ({ target, purpose, images }): OracleReading => ({ target, purpose, images }),
  );
  openAppendFile(run.files, path, length).close();
  return {
    onReading({ target, purpose, images }) {
      const reading = { target, purpose, images };
      const line = JSON.stringify({ step: step(), ...reading, time: now() / 1000 });
      const file = openAppendFile(run.files, path, wholeLines(run.files, path));
      try {
        file.append(new TextEncoder().encode(`${line}\n`));
        file.sync();
      } finally {
        file.close();
      }
      readings.push(reading);
      journal?.record('oracle', step(), reading);
    },
    readings: () => readings,
    summary() {
      const purposes: Record<string, number> = {};
      for (const { purpose } of readings) purposes[purpose] = (purposes[purpose] ?? 0) + 1;
      return { readings: readings.length, purposes };
    },
  };
}

/** Name of the ledger in a run's folder. */
const LEDGER = 'ledger.jsonl';
