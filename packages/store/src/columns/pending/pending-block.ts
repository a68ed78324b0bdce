import type { ParquetColumn, PlainColumn } from '../../parquet/column.ts';
import { mayBeInMap, type RowBlock } from '../../scan/block.ts';
import { NotScannableError } from '../../scan/value-tests.ts';
import type { SignalBuilder } from '../signal-builder.ts';
import { traceIdOf } from './trace-ids.ts';

/** Returns the first rows of a builder as a block, which is valid until the next `append`. */
export function pendingBlock(builder: SignalBuilder, rows: number): RowBlock {
  const contents = builder.contents(0, rows);
  const columns = new Map(contents.columns.map((column) => [column.name, column]));
  const built = new Map<string, PlainColumn>();
  const column = (name: string): PlainColumn | undefined => {
    const known = built.get(name);
    if (known !== undefined) return known;
    const found = columns.get(name);
    if (found === undefined) return undefined;
    const plain = plainOf(found, rows);
    built.set(name, plain);
    return plain;
  };
  return {
    rows,
    column,
    columnBytes: () => 0,
    attributeColumns: contents.promoted,
    mayBeInMap: (key) => mayBeInMap(contents, key),
    traces: () => {
      const traces = builder.traces(rows);
      if (traces === undefined) throw new NotScannableError('expected a signal with trace IDs');
      return { refs: traces.refs, count: traces.ids.count, idOf: (entry) => traceIdOf(traces.ids, entry) };
    },
  };
}

function plainOf(column: ParquetColumn, rows: number): PlainColumn {
  if (column.kind !== 'deferred') return column;
  const plain = column.slice(0, rows);
  // The references of some columns are valid only until the next one is built.
  return plain.kind === 'bytes' ? { ...plain, refs: plain.refs.slice() } : plain;
}
