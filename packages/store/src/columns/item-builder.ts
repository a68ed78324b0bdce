import { ByteWriter } from '../parquet/byte-writer.ts';
import type { ParquetColumn } from '../parquet/column.ts';
import { BITS } from '../schema.ts';
import { attributeColumns } from './attribute-columns.ts';
import { AttributesBuilder } from './attributes.ts';
import { createResources, createScopes } from './containers.ts';
import type { HeldMessages } from './held-messages.ts';
import { type ItemKernel, type KernelShape, type KernelTarget, openKernel, ROWS } from './kernel/item-kernel.ts';
import { resolveStep } from './kernel/resolve-step.ts';
import type { Appended, AppendRange, SignalBuilder, Table, TableContents, TraceRefs } from './signal-builder.ts';
import { BytesBuilder } from './values/bytes-builder.ts';
import { timeBounds } from './values/times.ts';
import { indexOfTraces } from './values/trace-ids.ts';
import { Words32Builder, type Words64Builder } from './values/words-builders.ts';
import { forEachField } from './wire.ts';

const WHOLE: AppendRange = { skip: 0, maxBytes: Number.POSITIVE_INFINITY };

/** Number of wire bytes processed between two memory checks. */
const PIECE_BYTES = 1 << 20;

/** A column whose last rows can be removed. */
interface Rollbackable {
  /** Returns the approximate memory use of this number of rows, in bytes. */
  memory(rows: number): number;
  rollback(rows: number): void;
  free(): void;
}

/** Base class of the span, log record and data point builders. Walks to the items and fills the columns of `COMMON`. */
export abstract class ItemBuilder implements SignalBuilder {
  rows = 0;
  protected readonly resources = createResources();
  protected readonly scopes = createScopes();
  protected readonly attributes = new AttributesBuilder();
  protected readonly bits = new Words32Builder(false);
  protected readonly rest = new BytesBuilder(false);
  readonly #sizes = new Words32Builder(false);
  /**
   * Wire fields of the current item that no column stores exactly: these bytes, followed by a range of the request.
   * Adjacent fields are merged into one range, and a single range is not copied, because it can be tens of megabytes
   * long.
   */
  readonly #restBytes = new ByteWriter(256);
  #restFrom = 0;
  #restTo = 0;
  protected source: Uint8Array = new Uint8Array(0);
  protected view: DataView = new DataView(new ArrayBuffer(0));
  protected arrivalMillis = 0;
  /** Number of items of the current request still to skip. */
  protected skip = 0;
  #skipped = 0;
  #maxBytes = Number.POSITIVE_INFINITY;
  #full = false;
  /** Reads usual items of the current request, if it is large enough. */
  #kernel: ItemKernel | undefined;
  /** Offset in the current request at the last memory check. */
  #checkedAt = 0;
  #columns: readonly Rollbackable[] | undefined;

  get byteSize(): number {
    let size = 0;
    for (const column of this.#all()) size += column.memory(this.rows);
    return size;
  }

  append(request: Uint8Array, arrivalMillis: number, range: AppendRange = WHOLE): Appended {
    const before = this.rows;
    this.source = request;
    this.view = new DataView(request.buffer, request.byteOffset, request.byteLength);
    this.arrivalMillis = arrivalMillis;
    this.skip = range.skip;
    this.#skipped = 0;
    this.#maxBytes = range.maxBytes;
    this.#full = false;
    this.#checkedAt = 0;
    this.attributes.beginRequest();
    this.#kernel = openKernel(this.kernelShape(), request, this.kernelTargets());
    try {
      forEachField(request, 0, request.length, (field, wireType, from, to) => {
        if (field === 1 && wireType === 2 && !this.#full) this.#resource(from, to);
      });
      this.readWaiting();
      this.attributes.flush();
    } catch (error) {
      this.rows = before;
      this.#clearRest();
      for (const column of this.#all()) column.rollback(before);
      throw error;
    } finally {
      this.source = new Uint8Array(0);
      this.#kernel = undefined;
    }
    return { items: this.#skipped + this.rows - before, complete: !this.#full };
  }

  free(): void {
    for (const column of this.#all()) column.free();
  }

  timeRange(from: number, to: number) {
    return timeBounds(this.timeColumn().range('', 'time', from, to).words);
  }

  times(rows: number) {
    return this.timeColumn().range('', 'time', 0, rows);
  }

  traces(rows: number): TraceRefs | undefined {
    const column = this.traceColumn();
    if (column === undefined) return undefined;
    const { dictionary } = column;
    return { refs: column.range(0, rows), ids: dictionary, areDistinct: dictionary.areDistinct };
  }

  table(from: number, to: number): Table {
    const { min, max } = this.timeRange(from, to);
    const traces = this.traceColumn();
    return {
      ...this.contents(from, to),
      rows: to - from,
      minTime: min,
      maxTime: max,
      traceIndex: traces === undefined ? new Uint8Array(0) : indexOfTraces(traces.range(from, to), traces.dictionary),
      sizes: this.#sizes.words.subarray(from, to),
    };
  }

  contents(from: number, to: number): TableContents {
    const attributes = attributeColumns(this.attributes, from, to);
    const columns = [
      ...this.ownColumns(from, to),
      this.resources.derivedColumn('service_name', from, to),
      this.scopes.derivedColumn('scope_name', from, to),
      this.scopes.derivedColumn('scope_version', from, to),
      this.resources.derivedColumn('resource_attributes', from, to),
      this.resources.column('resource', from, to),
      this.scopes.column('scope', from, to),
      this.bits.column('bits', 'int32', from, to),
      attributes.keys,
      ...attributes.promoted,
      attributes.map,
      this.rest.column('rest', 'bytes', from, to),
    ];
    return { columns, promoted: attributes.promoted.map((column) => column.name), keys: attributes.counts };
  }

  /** Adds the items found in a scope. `bits` apply to the first row. Returns the bits that no row has used yet. */
  protected abstract items(found: HeldMessages, resource: number, scope: number, bits: number): number;
  protected abstract ownColumns(from: number, to: number): readonly ParquetColumn[];
  protected abstract ownBuilders(): readonly Rollbackable[];
  protected abstract timeColumn(): Words64Builder;
  /** Returns the column of raw trace IDs for signals that have a trace ID index. */
  protected abstract traceColumn(): BytesBuilder | undefined;

  /** Returns the fields of items that the kernel reads. */
  protected abstract kernelShape(): KernelShape;

  /** Returns the columns of the fields that the kernel reads. */
  protected abstract kernelTargets(): readonly KernelTarget[];

  /** Reads one item of the kernel's shape into `row` and returns its bits. */
  protected abstract item(row: number, from: number, to: number): number;

  /** Called before the waiting item `index` is read into a row. */
  protected beginWaiting(_index: number): void {}

  /** Called when the waiting items `from <= index < to` are in the columns, with the rows from `first` on. */
  protected endWaiting(_first: number, _from: number, _to: number, _kernel: ItemKernel): void {}

  /** Adds a row with an item, which is read now or with others. */
  protected add(from: number, to: number, bits: number): void {
    if (this.canWait) {
      this.wait(from, to, bits);
      return;
    }
    const row = this.rows;
    this.addSize(row, from, to);
    this.endRow(row, this.item(row, from, to) | bits);
  }

  /** Notes the size of a row's item. */
  protected addSize(row: number, from: number, to: number): void {
    this.#sizes.set(row, to - from);
  }

  /** Whether `wait` takes items. */
  protected get canWait(): boolean {
    return this.#kernel !== undefined;
  }

  /** Adds a row with an item, which is read later with others. Returns the number of items that wait before it. */
  protected wait(from: number, to: number, bits: number): number {
    const kernel = this.#kernel as ItemKernel;
    if (kernel.rows === ROWS) this.readWaiting();
    kernel.add(from, to);
    this.bits.set(this.rows, bits);
    this.#sizes.set(this.rows, to - from);
    this.rows += 1;
    return kernel.rows - 1;
  }

  /** Reads the items that wait. */
  protected readWaiting(): void {
    const kernel = this.#kernel;
    if (kernel === undefined || kernel.rows === 0) return;
    const { source, view, attributes } = this;
    const { nodes, ranges, inputAt } = kernel;
    const end = this.rows;
    const base = end - kernel.rows;
    for (let from = 0; from < kernel.rows; ) {
      const first = base + from;
      const to = kernel.read(from, first, source, view, (node, at, last) =>
        resolveStep(attributes, node, source, view, at, last),
      );
      attributes.endRows(first, nodes.subarray(from, to));
      for (let i = from; i < to; i++) {
        if (nodes[i] !== 0) continue;
        this.beginWaiting(i);
        const own = this.item(base + i, ranges[i * 2] - inputAt, ranges[i * 2 + 1] - inputAt);
        this.endRow(base + i, own | this.bits.words[base + i]);
      }
      this.endWaiting(first, from, to, kernel);
      from = to;
    }
    kernel.rows = 0;
    this.rows = end;
  }

  /** Writes the columns common to all signals and ends the row. */
  protected endRow(row: number, bits: number): void {
    this.attributes.end(row);
    this.bits.set(row, bits);
    if (this.#restBytes.length > 0) {
      this.#flushRest();
      this.rest.setBytes(row, this.#restBytes.view());
      this.#clearRest();
    } else if (this.#restTo > 0) {
      this.rest.set(row, this.source, this.view, this.#restFrom, this.#restTo - this.#restFrom);
      this.#restTo = 0;
    }
    this.rows = row + 1;
  }

  /** Retains a field's wire bytes. */
  protected keep(from: number, to: number): void {
    if (from !== this.#restTo) {
      this.#flushRest();
      this.#restFrom = from;
    }
    this.#restTo = to;
  }

  /** Retains a field with a one-byte tag whose message is `[from, to)`. */
  protected keepMessage(tag: number, from: number, to: number): void {
    this.#flushRest();
    this.#restBytes.byte(tag);
    this.#restBytes.varint(to - from);
    this.keep(from, to);
  }

  /**
   * Sets a time from the fixed64 at `at`. Returns `false` if it is missing or 0. Times after the year 2262, the limit
   * of nanosecond timestamps in Parquet and DuckDB, are clamped and, if `keep` is set, also retained as wire bytes.
   */
  protected setTime(column: Words64Builder, row: number, at: number, keep = true): boolean {
    if (at < 0) return false;
    const low = this.view.getUint32(at, true);
    const high = this.view.getUint32(at + 4, true);
    if (low === 0 && high === 0) return false;
    if (high <= 0x7fff_ffff) {
      column.set(row, low, high);
      return true;
    }
    column.set(row, 0xffff_fffe, 0x7fff_ffff);
    // All time fields have one-byte tags.
    if (keep) this.keep(at - 1, at + 8);
    return true;
  }

  /** Sets a time to the arrival time of the request. */
  protected setArrival(column: Words64Builder, row: number): void {
    const nanos = BigInt(this.arrivalMillis) * 1_000_000n;
    column.set(row, Number(nanos & 0xffff_ffffn), Number(nanos >> 32n));
  }

  /** Whether the builder has stopped in the current request. */
  protected get stopped(): boolean {
    return this.#full;
  }

  protected skipItems(count: number): void {
    this.skip -= count;
    this.#skipped += count;
  }

  /** Checks memory use after each megabyte or so. The current piece starts at `at`. */
  protected checkMemory(at: number): boolean {
    this.#checkedAt = at;
    this.#full ||= this.rows > 0 && this.byteSize >= this.#maxBytes;
    return this.#full;
  }

  #flushRest(): void {
    if (this.#restTo > 0) this.#restBytes.append(this.source.subarray(this.#restFrom, this.#restTo));
    this.#restTo = 0;
  }

  #clearRest(): void {
    this.#restBytes.clear();
    this.#restTo = 0;
  }

  #resource(from: number, to: number): void {
    const scopes = this.resources.open(this.source, from, to, 2);
    const resource = this.resources.take();
    let bits: number = BITS.startsResource | BITS.startsScope;
    do {
      for (let i = 0; i < scopes.length; i += 2) {
        const at = scopes.ranges[i];
        if (at - this.#checkedAt > PIECE_BYTES && this.checkMemory(at)) return;
        bits = this.#scope(at, scopes.ranges[i + 1], resource, bits);
        if (this.#full) return;
      }
    } while (scopes.next());
  }

  /** Adds a scope's items and returns the bits for the next scope. */
  #scope(from: number, to: number, resource: number, bits: number): number {
    const found = this.scopes.open(this.source, from, to, 2);
    // If a resource's first scopes are empty, the resource starts at its first item.
    if (found.length === 0) return bits;
    const before = this.rows;
    const scope = this.scopes.take();
    let left = this.items(found, resource, scope, bits);
    while (!this.#full && found.next() && !this.checkMemory(found.ranges[0])) {
      left = this.items(found, resource, scope, left);
    }
    this.resources.fill(before, this.rows, resource);
    this.scopes.fill(before, this.rows, scope);
    return left === 0 ? BITS.startsScope : bits;
  }

  #all(): readonly Rollbackable[] {
    this.#columns ??= [
      this.resources,
      this.scopes,
      this.attributes,
      this.bits,
      this.rest,
      this.#sizes,
      ...this.ownBuilders(),
    ];
    return this.#columns;
  }
}
