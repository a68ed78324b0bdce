import type { AttributeVolume } from '../../volumes/contract.ts';
import { isTail } from '../shared/tail.ts';
import { DistinctValues } from '../volumes/distinct-values.ts';
import { type ColumnStats, columnStats } from './column-stats.ts';
import type { FileScan } from './file-scan.ts';
import type { AttributesRequest, ScannedRows, ScanSource } from './protocol.ts';

/** Bytes of an attribute besides its key and value: tags and lengths. */
const FRAME_BYTES = 6;

/** Adds up what files say about their attributes. Their rows are not read. */
export async function scanAttributes(
  scan: FileScan,
  { sources, files }: ScannedRows & AttributesRequest,
): Promise<readonly AttributeVolume[]> {
  const columns = new Map<string, ColumnSum>();
  for (const [index, source] of sources.entries()) {
    const { keys = {}, share = 1 } = files[index] ?? {};
    for (const stats of await ofFile(scan, source, keys)) {
      const column = columns.get(stats.name) ?? new ColumnSum();
      columns.set(stats.name, column);
      column.add(stats, (keys[stats.name] ?? 0) * share);
    }
  }
  const attributes = new Map<string, AttributeVolume>();
  for (const [name, column] of columns) {
    const key = name.slice(0, -2);
    attributes.set(key, combined(attributes.get(key), column.volume(key, name.slice(-1))));
  }
  return [...attributes.values()];
}

async function ofFile(
  { layouts, parts, turn }: FileScan,
  source: ScanSource,
  keys: Readonly<Record<string, number>>,
): Promise<readonly ColumnStats[]> {
  const { path } = source;
  const key = `["attributes"]\n${path}`;
  const known = parts.get(key);
  if (known !== undefined) return known.found as readonly ColumnStats[];
  await turn();
  const file = layouts.open(path);
  try {
    const found = columnStats(file, layouts.of(file, path), keys);
    if (!isTail(path)) parts.set(key, { firstStep: 0, found });
    return found;
  } finally {
    file.close();
  }
}

/** The attributes with one key and type. */
class ColumnSum {
  #items = 0;
  #valueBytes = 0;
  /** Items whose values are not known. */
  #unknown = 0;
  readonly #distinct = new DistinctValues();

  add({ hashes, hasAllValues, averageBytes }: ColumnStats, items: number): void {
    this.#items += items;
    this.#valueBytes += averageBytes * items;
    if (!hasAllValues) this.#unknown += items;
    this.#distinct.addAll(hashes);
  }

  volume(key: string, type: string): AttributeVolume {
    const items = Math.round(this.#items);
    const { values: known, isExact } = this.#distinct.estimate;
    const bytes = Math.round(this.#valueBytes + items * (Buffer.byteLength(key) + FRAME_BYTES));
    // A column of booleans has two values at most.
    const unknown = type === 'b' ? Math.min(2, items) : Math.ceil(this.#unknown);
    const valuesAre = unknown > 0 ? 'at most' : isExact ? 'exact' : 'estimated';
    return { key, items, bytes, values: known + unknown, valuesAre };
  }
}

/** Combines attributes with the same key whose values have different types. */
function combined(known: AttributeVolume | undefined, one: AttributeVolume): AttributeVolume {
  if (known === undefined) return one;
  const certainty = ['exact', 'estimated', 'at most'] as const;
  const worst = Math.max(certainty.indexOf(known.valuesAre), certainty.indexOf(one.valuesAre));
  return {
    key: one.key,
    items: known.items + one.items,
    bytes: known.bytes + one.bytes,
    values: known.values + one.values,
    valuesAre: certainty[worst] ?? 'at most',
  };
}
