import { type Signal, WireWriter } from '@otelier/otlp';
import { BITS } from '../../schema.ts';
import { METRIC_KINDS } from '../metric-shapes.ts';
import { forEachField } from '../wire.ts';
import type { StoredRow } from './rebuild-item.ts';
import { REBUILD_ITEM } from './rebuild-items.ts';

/** Size at which a request is returned as complete, in bytes. */
const REQUEST_BYTES = 2_000_000;

/**
 * Rebuilds export requests from stored rows in order. The messages equal the stored ones, although several requests may
 * be merged. Rows must be complete (`select *`) and in file order.
 */
export class RequestRebuilder {
  readonly #signal: Signal;
  readonly #levels: readonly Level[];
  readonly #request = new WireWriter(4096);
  #size = 0;

  constructor(signal: Signal) {
    this.#signal = signal;
    const resource = new Level('resource', BITS.startsResource, 2);
    const scope = new Level('scope', BITS.startsScope, 2);
    this.#levels = signal === 'metrics' ? [resource, scope, new MetricLevel()] : [resource, scope];
  }

  /** Adds a row. Returns a request once it is complete. */
  add(row: StoredRow): Uint8Array | undefined {
    const rebuild = REBUILD_ITEM[this.#signal];
    // Signals whose requests cannot be split are stored whole.
    if (rebuild === undefined) return row['request'] as Uint8Array;
    let full: Uint8Array | undefined;
    if (this.#size >= REQUEST_BYTES) full = this.finish();
    const changed = this.#levels.findIndex((level) => level.changes(row));
    if (changed >= 0) {
      this.#close(changed);
      for (const level of this.#levels.slice(changed)) level.open(row);
    }
    const item = rebuild(row);
    this.#size += item.length;
    this.#levels.at(-1)?.hold(item);
    return full;
  }

  /** Returns the last, incomplete request. */
  finish(): Uint8Array | undefined {
    this.#close(0);
    this.#size = 0;
    if (this.#request.length === 0) return undefined;
    return this.#request.finish();
  }

  /** Closes open containers, from the innermost to the given level. */
  #close(downTo: number): void {
    for (let i = this.#levels.length - 1; i >= downTo; i--) {
      const message = this.#levels[i]?.close();
      if (message === undefined) continue;
      if (i === 0) this.#request.bytesField(1, message);
      else this.#levels[i - 1]?.hold(message);
    }
  }
}

/** An open container message: its own fields, and the messages it contains in field `held`. */
class Level {
  readonly #column: string;
  readonly #bit: number;
  readonly #held: number;
  readonly #holds = new WireWriter(4096);
  #blob: Uint8Array | undefined;

  constructor(column: string, bit: number, held: number) {
    this.#column = column;
    this.#bit = bit;
    this.#held = held;
  }

  /** Reports whether the row belongs to a different message than the open one. */
  changes(row: StoredRow): boolean {
    if (this.#blob === undefined || (Number(row['bits']) & this.#bit) !== 0) return true;
    return Buffer.compare(this.#blob, this.#blobOf(row)) !== 0;
  }

  open(row: StoredRow): void {
    this.#blob = this.#blobOf(row);
  }

  hold(message: Uint8Array): void {
    this.#holds.bytesField(this.#held, message);
  }

  close(): Uint8Array | undefined {
    if (this.#blob === undefined) return undefined;
    const message = this.join(this.#blob, this.#holds.finish());
    this.#blob = undefined;
    return message;
  }

  /** Merges the message's own fields and the contained messages in field number order. */
  protected join(blob: Uint8Array, held: Uint8Array): Uint8Array {
    const before: Uint8Array[] = [];
    const behind: Uint8Array[] = [];
    forEachField(blob, 0, blob.length, (field, _wireType, _from, to, start) => {
      (field < this.#held ? before : behind).push(blob.subarray(start, to));
    });
    return Buffer.concat([...before, held, ...behind]);
  }

  #blobOf(row: StoredRow): Uint8Array {
    const blob = row[this.#column];
    return blob instanceof Uint8Array ? blob : new Uint8Array(0);
  }
}

/** A Metric level. Its points are nested in the data field, not directly in the Metric. */
class MetricLevel extends Level {
  constructor() {
    super('metric', BITS.startsMetric, 1);
  }

  protected override join(blob: Uint8Array, held: Uint8Array): Uint8Array {
    const fields: { readonly field: number; readonly bytes: Uint8Array }[] = [];
    forEachField(blob, 0, blob.length, (field, wireType, from, to, start) => {
      if (!METRIC_KINDS.has(field) || wireType !== 2) {
        fields.push({ field, bytes: blob.subarray(start, to) });
        return;
      }
      const data = new WireWriter(held.length + 64);
      data.bytesField(field, Buffer.concat([held, blob.subarray(from, to)]));
      fields.push({ field, bytes: data.finish() });
    });
    fields.sort((a, b) => a.field - b.field);
    return Buffer.concat(fields.map(({ bytes }) => bytes));
  }
}
