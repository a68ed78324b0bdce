import type { BytesColumn, EmptyColumn } from '../../parquet/column.ts';
import type { KernelRows, KernelTarget } from '../kernel/item-kernel.ts';
import { ByteDictionary, type ValueRanges } from './byte-dictionary.ts';
import { freeMemory, grownCapacity, grownWords } from './grown.ts';

/**
 * A growing column of byte strings: each row refers to an entry of the column's own dictionary, or 0 if it has no
 * value.
 */
export class BytesBuilder implements KernelTarget {
  readonly dictionary: ByteDictionary;
  refs: Uint32Array = new Uint32Array(256);
  #last = 0;

  constructor(text: boolean) {
    this.dictionary = new ByteDictionary(text, true);
  }

  memory(rows: number): number {
    return this.dictionary.byteSize + Math.min(rows, this.refs.length) * 4;
  }

  /**
   * Sets a row's value. Returns `false` if it should be text but is not valid UTF-8, which makes the column value
   * inexact.
   */
  set(row: number, source: Uint8Array, view: DataView, at: number, length: number): boolean {
    if (row >= this.refs.length) this.#grow(row + 1);
    // A value often equals the previous one, and comparing is cheaper than hashing.
    const last = this.#last;
    if (last !== 0 && this.dictionary.matches(last, view, at, length)) {
      this.refs[row] = last;
      return true;
    }
    const entry = this.dictionary.intern(source, view, at, length);
    if (entry === 0) {
      this.refs[row] = this.dictionary.internReplaced(source, at, length);
      return false;
    }
    this.#last = entry;
    this.refs[row] = entry;
    return true;
  }

  /** Sets a value that probably differs from the previous one. Returns its entry; 0, without a value, if it is not UTF-8. */
  put(row: number, source: Uint8Array, view: DataView, at: number, length: number): number {
    if (row >= this.refs.length) this.#grow(row + 1);
    const entry = this.dictionary.intern(source, view, at, length);
    this.refs[row] = entry;
    return entry;
  }

  /** Sets the rows `from <= row < to` to an entry. */
  fill(from: number, to: number, entry: number): void {
    if (to > this.refs.length) this.#grow(to);
    this.refs.fill(entry, from, to);
  }

  setEntry(row: number, entry: number): void {
    if (row >= this.refs.length) this.#grow(row + 1);
    this.refs[row] = entry;
  }

  /** Sets `count` rows, which are in ascending order. */
  setEntries(rows: Uint32Array, entries: Uint32Array, count: number): void {
    const last = rows[count - 1];
    if (last >= this.refs.length) this.#grow(last + 1);
    const { refs } = this;
    for (let i = 0; i < count; i++) refs[rows[i]] = entries[i];
  }

  setRows(first: number, { count, refs: numbers, entries }: KernelRows): void {
    if (first + count > this.refs.length) this.#grow(first + count);
    const { refs } = this;
    for (let i = 0; i < count; i++) refs[first + i] = entries[numbers[i]];
  }

  intern(source: Uint8Array, view: DataView, ranges: ValueRanges, entries: Uint32Array): void {
    this.dictionary.internAll(source, view, ranges, entries);
  }

  setBytes(row: number, bytes: Uint8Array): boolean {
    return this.set(row, bytes, new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), 0, bytes.length);
  }

  /** Returns a view of the entry numbers in a range of rows. */
  range(from: number, to: number): Uint32Array {
    if (to > this.refs.length) this.#grow(to);
    return this.refs.subarray(from, to);
  }

  /** Returns the column of a range of rows; `full`: all of them have a value. */
  column(name: string, type: 'text' | 'bytes', from: number, to: number, full = false): BytesColumn | EmptyColumn {
    if (this.dictionary.count === 0) return { kind: 'empty', name, type, rows: to - from };
    const whole = from === 0;
    return { kind: 'bytes', name, type, refs: this.range(from, to), entries: this.dictionary, whole, full };
  }

  /** Removes all rows from index `rows` on. */
  rollback(rows: number): void {
    this.refs.fill(0, rows);
  }

  /** Frees the memory. The column must not be used afterwards. */
  free(): void {
    freeMemory(this.refs);
    this.dictionary.free();
  }

  #grow(rows: number): void {
    this.refs = grownWords(this.refs, grownCapacity(this.refs.length, rows));
  }
}
