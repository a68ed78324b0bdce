import type { Signal } from '../signals.ts';
import { TrustedReader } from '../wire/find.ts';
import { ItemCursor } from './item-cursor.ts';
import { LEVELS, type Level, leadsDown } from './levels.ts';

/**
 * Visits every item of a request in order. The request must have passed `normalizeRequest`. All visits share one
 * cursor, which is read-only: its `splices` are ignored.
 */
export function forEachItem(signal: Signal, request: Uint8Array, visit: (item: ItemCursor) => void): void {
  walk(LEVELS[signal], 0, new ItemCursor(request), 0, request.length, visit);
}

function walk(
  levels: readonly Level[],
  depth: number,
  cursor: ItemCursor,
  start: number,
  end: number,
  visit: (item: ItemCursor) => void,
): void {
  const level = levels[depth] as Level;
  const reader = new TrustedReader(cursor.bytes, start, end);
  while (reader.next()) {
    if (!leadsDown(level, reader.field)) continue;
    enter(cursor, level.kind, reader);
    if (level.kind === 'item') visit(cursor);
    else walk(levels, depth + 1, cursor, reader.valueStart, reader.end, visit);
  }
}

/** Moves the cursor to the reader's current message. */
export function enter(cursor: ItemCursor, kind: Level['kind'], reader: TrustedReader): void {
  const { valueStart, end } = reader;
  switch (kind) {
    case 'resource':
      cursor.enterResource(valueStart, end);
      break;
    case 'scope':
      cursor.enterScope(valueStart, end);
      break;
    case 'metric':
      cursor.enterMetric(valueStart, end);
      break;
    case 'data':
      cursor.enterData(valueStart, end, reader.field);
      break;
    case 'item':
      cursor.start = valueStart;
      cursor.end = end;
  }
}
