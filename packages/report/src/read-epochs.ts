import { existsSync, readFileSync } from 'node:fs';
import { UserError } from '@syn2real/core';
import { check } from './check.js';
import type { EpochReading } from './run-record.js';
import { epochLine, logLine } from './run-schema.js';

/** The epoch lines of a log.jsonl, ascending by epoch; none where there is no log. */
export function readEpochs(file: string): EpochReading[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n');
  const epochs = new Map<number, EpochReading>();
  lines.forEach((line, i) => {
    if (line.trim() === '') return;
    const cutShort = i === lines.length - 1;
    const reading = parseLine(line, `${file} line ${i + 1}`, cutShort);
    if (reading !== undefined) epochs.set(reading.epoch, reading);
  });
  return [...epochs.values()].sort((a, b) => a.epoch - b.epoch);
}

function parseLine(line: string, where: string, cutShort: boolean): EpochReading | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    if (cutShort) return undefined;
    throw new UserError({
      what: `${where} is broken`,
      got: line.length > 80 ? `${line.slice(0, 80)}…` : line,
      expected: 'one JSON object a line',
      fix: 'remove or repair that line',
      cause,
    });
  }
  if (check(logLine, value, where).kind !== 'epoch') return undefined;
  const data = check(epochLine, value, where);
  return {
    epoch: data.epoch,
    step: data.step,
    taskLoss: data.taskLoss,
    regularizerLoss: data.regularizerLoss,
    source: data.source?.meanClassAccuracy,
    retention: data.retention?.accuracy,
    agreement: data.retention?.agreement,
    kl: data.retention?.kl,
    distance: data.distance,
    target: data.target?.meanClassAccuracy,
    targetPerClass: data.target?.perClass,
  };
}
