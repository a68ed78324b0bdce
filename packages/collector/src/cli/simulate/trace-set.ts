import { findField, type ItemCursor, SIGNALS, type Signal } from '@otelier/otlp';
import { IdTable } from '../../processors/tail_sampling/tables/id-table.ts';

/** A trace ID as four integers. */
export interface TraceKey {
  readonly id0: number;
  readonly id1: number;
  readonly id2: number;
  readonly id3: number;
}

/** A set of trace IDs that uses about 40 bytes per ID. */
export class TraceSet {
  // The telemetry is the user's own, so a fixed seed is safe.
  readonly #table = new IdTable(() => 0.5);

  get size(): number {
    return this.#table.count;
  }

  add({ id0, id1, id2, id3 }: TraceKey): void {
    if (this.#table.find(id0, id1, id2, id3, 0) < 0) this.#table.insert(id0, id1, id2, id3, 0);
  }
}

/** Returns an item's trace, or `undefined` if it has no trace ID. */
export function traceOf(signal: Signal, { bytes, start, end }: ItemCursor): TraceKey | undefined {
  const { traceIdField } = SIGNALS[signal];
  const value = traceIdField === undefined ? -1 : findField(bytes, start, end, traceIdField);
  if (value < 0 || bytes[value] !== ID_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset + value + 1, ID_BYTES);
  return { id0: view.getInt32(0), id1: view.getInt32(4), id2: view.getInt32(8), id3: view.getInt32(12) };
}

const ID_BYTES = 16;
