import { CellBudget } from '../../parquet/read/cell.ts';
import { readRows } from '../../parquet/read/read-rows.ts';
import type { ScanCondition } from '../../scan/scan-filter.ts';
import { containsTests } from '../../scan/text-search.ts';
import type { ValueTests } from '../../scan/value-tests.ts';
import { ATTRIBUTE_KEYS, TIME_COLUMN } from '../../schema.ts';
import type { Layouts } from '../lookup/layouts.ts';
import { asBigInt, asText } from '../shared/context.ts';
import { ScanGroups } from './groups.ts';
import { matchingBlocks } from './matching-blocks.ts';
import type { ScannedRows, SpansRequest } from './protocol.ts';

const NAMES = ['name', 'service_name', 'status_message'];

/**
 * Returns the IDs of a trace's spans with a text in their names, status messages, or keys and values of attributes, in
 * the order of a trace's spans. `turn` is called between two row groups.
 */
export async function scanSpans(
  layouts: Layouts,
  { sources, ranges, traceId, text, maxBytes }: ScannedRows & SpansRequest,
  turn: () => Promise<void>,
): Promise<readonly string[]> {
  const timeColumn = TIME_COLUMN.traces;
  const groups = new ScanGroups(layouts, sources, timeColumn);
  const conditions = [ofTrace(traceId), withText(text)];
  const budget = new CellBudget(maxBytes);
  const spans: FoundSpan[] = [];
  try {
    for await (const { group, selected } of matchingBlocks(groups, { timeColumn, ranges, conditions }, turn)) {
      if (selected.length === 0) continue;
      const rows = [...selected];
      const read = (column: string) => readRows(group.file, group.layout, column, rows, budget);
      const [starts, durations, ids] = [read(timeColumn), read('duration_ns'), read('span_id')];
      for (const [row, id] of ids.entries()) {
        spans.push({ start: asBigInt(starts[row]), duration: asBigInt(durations[row]), id: asText(id) });
      }
    }
  } finally {
    groups.close();
  }
  return spans.sort(inOrder).map(({ id }) => id);
}

interface FoundSpan {
  readonly start: bigint;
  readonly duration: bigint;
  readonly id: string;
}

/** Compares spans as `SPAN_ORDER` does. */
function inOrder(a: FoundSpan, b: FoundSpan): number {
  if (a.start !== b.start) return a.start < b.start ? -1 : 1;
  if (a.duration !== b.duration) return a.duration > b.duration ? -1 : 1;
  return a.id < b.id ? -1 : Number(a.id > b.id);
}

function ofTrace(traceId: string): ScanCondition {
  const wanted = Buffer.from(traceId);
  return inColumn('trace_id', (bytes, from, to) => wanted.equals(bytes.subarray(from, to)));
}

function withText(text: string): ScanCondition {
  const wanted = text.toLowerCase();
  // A list of keys, each with its type: `["http.route#s","retries#i"]`.
  const ofKeys = inColumn(ATTRIBUTE_KEYS, (bytes, from, to) => {
    const keys = JSON.parse(Buffer.from(bytes.subarray(from, to)).toString()) as readonly string[];
    return keys.some((key) => key.slice(0, -2).toLowerCase().includes(wanted));
  });
  return { places: { kind: 'texts', columns: NAMES }, tests: containsTests(text), or: [ofKeys] };
}

function inColumn(name: string, text: ValueTests['text']): ScanCondition {
  return { places: { kind: 'column', name, missing: undefined }, tests: { ...NONE, text }, or: [] };
}

const NONE: ValueTests = {
  text: () => false,
  integer: { kind: 'number', test: () => false },
  double: { kind: 'number', test: () => false },
  boolean: () => false,
  json: () => false,
  numbers: undefined,
};
