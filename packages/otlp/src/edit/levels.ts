import { SIGNALS, type Signal } from '../signals.ts';
import { TrustedReader } from '../wire/find.ts';

/** A level on the path from the request to its items. */
export interface Level {
  /** The message at this level. */
  readonly kind: 'resource' | 'scope' | 'metric' | 'data' | 'item';
  /** The fields of the parent message that contain it, as bits. */
  readonly fields: number;
}

/** The levels of each signal, from the request to its items. */
export const LEVELS: Readonly<Record<Signal, readonly Level[]>> = {
  traces: levelsOf('traces'),
  metrics: levelsOf('metrics'),
  logs: levelsOf('logs'),
  profiles: levelsOf('profiles'),
};

function levelsOf(signal: Signal): readonly Level[] {
  const { resourceField, scopeField, itemField, points } = SIGNALS[signal];
  const outer: Level[] = [
    { kind: 'resource', fields: 1 << resourceField },
    { kind: 'scope', fields: 1 << scopeField },
  ];
  if (points === undefined) return [...outer, { kind: 'item', fields: 1 << itemField }];
  return [
    ...outer,
    { kind: 'metric', fields: 1 << itemField },
    { kind: 'data', fields: points.dataFields.reduce((bits, field) => bits | (1 << field), 0) },
    { kind: 'item', fields: 1 << points.pointField },
  ];
}

/** Reports whether a field number, of any size, belongs to a level. */
export function leadsDown(level: Level, field: number): boolean {
  return field < 32 && ((level.fields >>> field) & 1) === 1;
}

/** Counts the items in the message `[start, end)`, which is `depth` levels below the request. */
export function countBelow(
  levels: readonly Level[],
  depth: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): number {
  const level = levels[depth];
  if (level === undefined) return 1;
  let count = 0;
  const reader = new TrustedReader(bytes, start, end);
  while (reader.next()) {
    if (leadsDown(level, reader.field)) count += countBelow(levels, depth + 1, bytes, reader.valueStart, reader.end);
  }
  return count;
}
