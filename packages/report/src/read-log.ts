import { existsSync, readFileSync } from 'node:fs';
import { UserError } from '@syn2real/core';
import { check } from './check.js';
import { folderReadings } from './folder-readings.js';
import type { EpochReading, RoundReading, Task } from './run-record.js';
import { epochLine, logLine, roundLine } from './run-schema.js';

/** What a log.jsonl says of epochs and rounds, ascending. */
export interface LogReadings {
  epochs: EpochReading[];
  rounds: RoundReading[];
}

/** The epoch and round lines of a log.jsonl; none where there is no log. */
export function readLog(file: string, task: Task): LogReadings {
  const epochs = new Map<number, EpochReading>();
  const rounds = new Map<number, RoundReading>();
  for (const { value, where } of logLines(file)) {
    const { kind } = check(logLine, value, where);
    if (kind === 'epoch') {
      const reading = epochReading(value, where, task);
      epochs.set(reading.epoch, reading);
    }
    if (kind === 'round') {
      const reading = roundReading(value, where, task);
      rounds.set(reading.round, reading);
    }
  }
  return {
    epochs: [...epochs.values()].sort((a, b) => a.epoch - b.epoch),
    rounds: [...rounds.values()].sort((a, b) => a.round - b.round),
  };
}

/** A line of a log and where it stands. */
export interface PlacedLine {
  value: unknown;
  where: string;
}

/** The values of a log's lines. A last line that was cut short is passed over. */
export function logLines(file: string): PlacedLine[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.flatMap((line, i) => {
    if (line.trim() === '') return [];
    const where = `${file} line ${i + 1}`;
    try {
      return [{ value: JSON.parse(line) as unknown, where }];
    } catch (cause) {
      if (i === lines.length - 1) return [];
      throw new UserError({
        what: `${where} is broken`,
        got: line.length > 80 ? `${line.slice(0, 80)}…` : line,
        expected: 'one JSON object a line',
        fix: 'remove or repair that line',
        cause,
      });
    }
  });
}

function epochReading(value: unknown, where: string, task: Task): EpochReading {
  const data = check(epochLine, value, where);
  return {
    epoch: data.epoch,
    step: data.step,
    taskLoss: data.taskLoss,
    regularizerLoss: data.regularizerLoss,
    distance: data.distance,
    ...folderReadings(data, task),
  };
}

function roundReading(value: unknown, where: string, task: Task): RoundReading {
  const data = check(roundLine, value, where);
  const { target, source, retention } = folderReadings(data, task);
  return {
    round: data.round,
    portion: data.portion,
    selected: data.selected,
    selectedPerClass: data.selectedPerClass,
    distribution: data.distribution,
    agreement: data.agreement,
    entropy: data.entropy,
    target,
    source,
    retention,
    pseudoLabelAccuracy: data.oracle?.pseudoLabelAccuracy,
  };
}
