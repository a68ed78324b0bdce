import type { ValueRanges } from '../values/byte-dictionary.ts';
import {
  COLUMN_BYTES,
  COLUMN_TABLE,
  COLUMNS,
  COUNTS,
  ENTRIES,
  ENTRY,
  ENTRY_COUNT,
  ENTRY_TABLE,
  FIELD,
  FIELDS,
  GENERATION,
  HASHES,
  INPUT,
  INPUT_BYTES,
  LAST,
  MASKS,
  MEMORY_PAGES,
  NODES,
  PRESENT,
  RANGES,
  ROWS,
  SLOT_TABLE,
  SLOTS,
  STEP,
  STEP_TABLE,
  STEPS,
  STOPPED_FROM,
  STOPPED_STEP,
  STOPPED_TO,
} from './layout.ts';
import { kernelProgram, STOPPED } from './program.ts';

/** The fields of a signal's items. */
export interface KernelShape {
  /** The kind of the field of each tag, and its column. Columns are numbered from 0, without gaps. */
  readonly fields: readonly (readonly [tag: number, kind: number, column: number])[];
  /** Columns without which an item is left to the builder. */
  readonly required: readonly number[];
  /** The column of start times. The next one is that of end times, and becomes that of durations. */
  readonly start?: number;
  /** Whether hashes of series are computed. */
  readonly hashed?: boolean;
}

/** Values of rows that the kernel has read. */
export interface KernelRows {
  readonly count: number;
  /** For each row, 1 if it has a value. */
  readonly present: Uint8Array;
  /** 64-bit values as pairs of words. Rows without a value have any words. */
  readonly words: Uint32Array;
  /** For each row of a text column, the number of a value in `entries`, 0 if it has none. */
  readonly refs: Uint32Array;
  /** The entry of each value in the column's dictionary. */
  readonly entries: Uint32Array;
}

/** A column of a builder. */
export interface KernelTarget {
  /** Whether rows without a value have a default value. */
  readonly hasDefault?: boolean;
  /** Sets rows from `first` on. */
  setRows(first: number, rows: KernelRows): void;
  /** Writes the entries of values in the column's dictionary. */
  intern?(source: Uint8Array, view: DataView, ranges: ValueRanges, entries: Uint32Array): void;
}

/** An attribute that may follow another one in items of a shape. */
export interface KernelStep {
  /** The node of the tree of attribute paths. */
  readonly node: number;
  readonly type: number;
  /** Length of the KeyValue up to its value. */
  readonly valueOffset: number;
  readonly target: KernelTarget;
}

/** Finds the attribute `[from, to)` after a node. Returns `undefined` if the builder must read it. */
export type ResolveStep = (node: number, from: number, to: number) => KernelStep | undefined;

type Run = (row: number, last: number, root: number, hashed: number, required: number, start: number) => number;

/**
 * Reads the items of a request in WebAssembly, which takes half to three quarters of the time: usual fields, and attributes whose key
 * and type have occurred at the same place before. Values that repeat within a request are looked up once. Everything
 * else is left to the builder, which reads such items as it does without the kernel.
 */
export class ItemKernel {
  /** Number of items that wait to be read. */
  rows = 0;
  readonly #memory = new WebAssembly.Memory({ initial: MEMORY_PAGES, maximum: MEMORY_PAGES });
  readonly #run: Run;
  readonly #bytes = new Uint8Array(this.#memory.buffer);
  readonly #words = new Uint32Array(this.#memory.buffer);
  readonly #columns: readonly KernelRows[];
  /** The entry of each value of the request in its column's dictionary. */
  readonly #entries = new Uint32Array(ENTRIES + 1);
  #known = 0;
  /** Positions, lengths, numbers and entries of the values that are looked up, by column; `#ends` are those of columns. */
  readonly #values = {
    at: new Uint32Array(ENTRIES),
    lengths: new Uint32Array(ENTRIES),
    order: new Uint32Array(ENTRIES),
    found: new Uint32Array(ENTRIES),
  };
  readonly #ends = new Uint32Array(COLUMNS);
  readonly #targets: KernelTarget[] = [];
  readonly #isText = new Uint8Array(COLUMNS);
  readonly #targetColumns = new Map<KernelTarget, number>();
  #steps = 1;
  readonly #nodes = new Set<number>();
  #shape: KernelShape | undefined;
  #required = 0;
  /** The rows that were read last, without those that were added to the builder. */
  readonly nodes = new Uint32Array(this.#memory.buffer, NODES, ROWS);
  readonly hashes = new Uint32Array(this.#memory.buffer, HASHES, ROWS * 2);
  /** Start and end of each item, behind `inputAt`. */
  readonly ranges = new Uint32Array(this.#memory.buffer, RANGES, ROWS * 2);
  readonly inputAt = INPUT;

  constructor() {
    const module = new WebAssembly.Module(kernelProgram());
    const { exports } = new WebAssembly.Instance(module, { env: { memory: this.#memory } });
    this.#run = exports['run'] as Run;
    const { buffer } = this.#memory;
    this.#columns = Array.from({ length: COLUMNS }, (_, column) => {
      const at = COLUMN_TABLE + column * COLUMN_BYTES;
      const [present, words] = [new Uint8Array(buffer, at + PRESENT, ROWS), new Uint32Array(buffer, at, ROWS * 2)];
      return { count: 0, present, words, refs: words, entries: this.#entries };
    });
    for (let length = 0; length <= 16; length++) this.#bytes.fill(0xff, MASKS + length * 16, MASKS + length * 17);
    // No value equals this entry.
    this.#words[(ENTRY_TABLE + ENTRY.length) >> 2] = 0xffff_ffff;
  }

  /** Starts a request with the columns of its fields. */
  open(shape: KernelShape, request: Uint8Array, targets: readonly KernelTarget[]): void {
    if (shape !== this.#shape) this.#setShape(shape);
    this.#bytes.set(request, INPUT);
    this.rows = 0;
    this.#steps = 1;
    this.#nodes.clear();
    this.#words.fill(0, STEP_TABLE >> 2, (STEP_TABLE + STEP.size) >> 2);
    this.#targets.length = 0;
    for (const target of targets) this.#addTarget(target);
    this.#targetColumns.clear();
    this.#resetEntries();
  }

  /** Adds an item. At most `ROWS` may wait. */
  add(from: number, to: number): void {
    this.ranges[this.rows * 2] = INPUT + from;
    this.ranges[this.rows * 2 + 1] = INPUT + to;
    this.rows += 1;
  }

  /**
   * Reads the items from `row` on and adds them to the columns, which begin at `first`. Returns the first item that it has
   * not read. Items whose element in `nodes` is 0 are left to the builder; for others, it is the node of the path of their
   * attributes plus 1.
   */
  read(row: number, first: number, source: Uint8Array, view: DataView, resolve: ResolveStep): number {
    const { rows } = this;
    this.nodes.fill(0, row, rows);
    const { hashed, start } = this.#shape as KernelShape;
    const startAt = start === undefined ? 0 : COLUMN_TABLE + start * COLUMN_BYTES;
    let at = row;
    for (;;) {
      at = this.#run(at, rows, STEP_TABLE, hashed === true ? 1 : 0, this.#required, startAt);
      const stopped = this.#words[STOPPED_STEP >> 2];
      if (stopped === STOPPED.none) break;
      if (stopped === STOPPED.full) {
        // The dictionary of the request is full: it begins again after these items.
        if (at === row) at += 1;
        break;
      }
      if (!this.#learn(stopped, resolve)) at += 1;
    }
    this.#commit(row, at, first, source, view);
    if (at < rows) this.#resetEntries();
    return at;
  }

  /** Adds the step at which an item stopped. Returns `false` if the item is left to the builder. */
  #learn(previous: number, resolve: ResolveStep): boolean {
    const words = this.#words;
    const [from, to] = [words[STOPPED_FROM >> 2], words[STOPPED_TO >> 2]];
    const found = resolve(words[(previous + STEP.node) >> 2], from - INPUT, to - INPUT);
    // A known step whose value has an unusual encoding.
    if (found === undefined || this.#nodes.has(found.node) || this.#steps === STEPS) return false;
    const column = this.#columnOf(found.target);
    if (column === undefined) return false;
    this.#nodes.add(found.node);
    const step = STEP_TABLE + this.#steps++ * STEP.size;
    words.fill(0, step >> 2, (step + STEP.size) >> 2);
    words[(step + STEP.sibling) >> 2] = words[(previous + STEP.firstChild) >> 2];
    words[(previous + STEP.firstChild) >> 2] = step;
    words[(step + STEP.at) >> 2] = from;
    words[(step + STEP.length) >> 2] = to - from;
    words[(step + STEP.valueOffset) >> 2] = found.valueOffset;
    words[(step + STEP.type) >> 2] = found.type;
    words[(step + STEP.column) >> 2] = COLUMN_TABLE + column * COLUMN_BYTES;
    words[(step + STEP.node) >> 2] = found.node;
    words[(step + STEP.count) >> 2] = COUNTS + column * 4;
    return true;
  }

  #columnOf(target: KernelTarget): number | undefined {
    let column = this.#targetColumns.get(target);
    if (column === undefined) {
      if (this.#targets.length === COLUMNS) return undefined;
      column = this.#addTarget(target);
      this.#targetColumns.set(target, column);
    }
    return column;
  }

  #addTarget(target: KernelTarget): number {
    const column = this.#targets.push(target) - 1;
    const isText = target.intern !== undefined;
    // Numbers of earlier requests stay in a column.
    if (isText && this.#isText[column] !== 1) this.#columns[column]?.refs.fill(0);
    this.#isText[column] = isText ? 1 : 0;
    return column;
  }

  /** Adds the rows `from <= row < to` to the columns. */
  #commit(from: number, to: number, first: number, source: Uint8Array, view: DataView): void {
    this.#lookUp(source, view);
    const count = to - from;
    for (let column = 0; column < this.#targets.length; column++) {
      const target = this.#targets[column] as KernelTarget;
      const at = (COUNTS >> 2) + column;
      if (this.#words[at] === 0 && target.hasDefault !== true) continue;
      this.#words[at] = 0;
      const { present, words, refs, entries } = this.#columns[column] as KernelRows;
      target.setRows(first, {
        count,
        present: present.subarray(from, to),
        words: words.subarray(from * 2, to * 2),
        refs: refs.subarray(from, to),
        entries,
      });
      if (target.intern === undefined) present.fill(0, from, to);
      else refs.fill(0, from, Math.min(to + 1, ROWS));
    }
  }

  /**
   * Looks up the new values of the request in the dictionaries of their columns: column by column, so that the processor
   * works on several lookups at a time.
   */
  #lookUp(source: Uint8Array, view: DataView): void {
    const words = this.#words;
    const count = words[ENTRY_COUNT >> 2];
    const first = this.#known + 1;
    this.#known = count;
    const ends = this.#ends.fill(0);
    for (let entry = first; entry <= count; entry++) ends[this.#columnOfEntry(entry)]++;
    for (let column = 1; column < COLUMNS; column++) ends[column] += ends[column - 1];
    const { at, lengths, order, found } = this.#values;
    for (let entry = count; entry >= first; entry--) {
      const i = --ends[this.#columnOfEntry(entry)];
      const place = (ENTRY_TABLE + entry * ENTRY.size) >> 2;
      at[i] = words[place + (ENTRY.at >> 2)] - INPUT;
      lengths[i] = words[place + (ENTRY.length >> 2)];
      order[i] = entry;
    }
    // `ends` are now the starts.
    for (let column = 0; column < this.#targets.length; column++) {
      const from = ends[column];
      const to = column + 1 < COLUMNS ? ends[column + 1] : count + 1 - first;
      if (from === to) continue;
      const ranges = { at: at.subarray(from, to), lengths: lengths.subarray(from, to), count: to - from };
      this.#targets[column]?.intern?.(source, view, ranges, found.subarray(from, to));
      for (let i = from; i < to; i++) this.#entries[order[i]] = found[i];
    }
  }

  #columnOfEntry(entry: number): number {
    return (this.#words[(ENTRY_TABLE + entry * ENTRY.size + ENTRY.column) >> 2] - COLUMN_TABLE) / COLUMN_BYTES;
  }

  #resetEntries(): void {
    const words = this.#words;
    words[ENTRY_COUNT >> 2] = 0;
    this.#known = 0;
    words.fill(ENTRY_TABLE, LAST >> 2, (LAST >> 2) + COLUMNS);
    const generation = words[GENERATION >> 2] + 1;
    words[GENERATION >> 2] = generation & 0xffff;
    if (generation > 0xffff) {
      words.fill(0, SLOT_TABLE >> 2, (SLOT_TABLE >> 2) + SLOTS);
      words[GENERATION >> 2] = 1;
    }
    for (let step = 1; step < this.#steps; step++) words[(STEP_TABLE + step * STEP.size + STEP.entry) >> 2] = 0;
  }

  #setShape(shape: KernelShape): void {
    this.#shape = shape;
    this.#required = shape.required.reduce((bits, column) => bits | (1 << column), 0);
    this.#words.fill(0, FIELDS >> 2, (FIELDS >> 2) + 256);
    for (const [tag, kind, column] of shape.fields) this.#words[(FIELDS >> 2) + tag] = kind | (column << 8);
  }
}

/** Size of requests from which the kernel saves time, in bytes. */
const SMALLEST_REQUEST = 8192;

/** The kernel of this thread; `undefined` until it is needed. */
let kernel: ItemKernel | 'unavailable' | undefined;

/**
 * Returns the thread's kernel with a request, or `undefined` if the request is too small or too large for it, or the
 * system has no WebAssembly or too little address space.
 */
export function openKernel(
  shape: KernelShape,
  request: Uint8Array,
  targets: readonly KernelTarget[],
): ItemKernel | undefined {
  if (request.length < SMALLEST_REQUEST || request.length > INPUT_BYTES || kernel === 'unavailable') return undefined;
  try {
    kernel ??= new ItemKernel();
  } catch {
    kernel = 'unavailable';
    return undefined;
  }
  kernel.open(shape, request, targets);
  return kernel;
}

export { FIELD, ROWS };
