import { CellBudgetError } from '../../parquet/read/cell.ts';
import type { RowBlock } from '../../scan/block.ts';
import type { ScanCondition } from '../../scan/scan-filter.ts';
import type { RowList } from '../../scan/selection.ts';
import { containsTests } from '../../scan/text-search.ts';
import type { ValueTests } from '../../scan/value-tests.ts';
import { ATTRIBUTE_KEYS, TIME_COLUMN } from '../../schema.ts';
import type { Layouts } from '../lookup/layouts.ts';
import { ScanGroups } from './groups.ts';
import { matchingBlocks } from './matching-blocks.ts';
import type { ScannedRows, SpansRequest } from './protocol.ts';

const NAMES = ['name', 'service_name', 'status_message'];

/**
 * Returns the IDs of a trace's spans with a text in their names, status messages, or keys and values of attributes,
 * without separators. `turn` is called between two row groups.
 */
export async function scanSpans(
  layouts: Layouts,
  { sources, ranges, traceId, text, maxBytes }: ScannedRows & SpansRequest,
  turn: () => Promise<void>,
): Promise<string> {
  const timeColumn = TIME_COLUMN.traces;
  const groups = new ScanGroups(layouts, sources, timeColumn);
  const conditions = [ofTrace(traceId), withText(text)];
  const found: string[] = [];
  let bytes = 0;
  try {
    for await (const { block, selected } of matchingBlocks(groups, { timeColumn, ranges, conditions }, turn)) {
      if (selected.length === 0) continue;
      found.push(idsOf(block, selected));
      bytes += selected.length * ID_BYTES;
      if (bytes > maxBytes) throw new CellBudgetError('the IDs exceed their limit');
    }
  } finally {
    groups.close();
  }
  return found.join('');
}

const ID_BYTES = 8;

/** Returns the IDs of some rows as hexadecimal digits. */
function idsOf(block: RowBlock, rows: RowList): string {
  const column = block.column('span_id', rows);
  if (column?.kind !== 'words64') return '';
  const { words, present } = column;
  const ids = new Uint32Array(rows.length * 2);
  let length = 0;
  for (const row of rows) {
    if (present?.[row] === 0) continue;
    ids[length++] = words[row * 2] ?? 0;
    ids[length++] = words[row * 2 + 1] ?? 0;
  }
  return Buffer.from(ids.buffer, 0, length * 4).toString('hex');
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
