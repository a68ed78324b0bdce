import type { BoolColumn, EmptyColumn, Words32Column, Words64Column } from '../../parquet/column.ts';
import type { KernelRows, KernelTarget } from '../kernel/item-kernel.ts';
import { freeMemory, grownBytes, grownCapacity, grownWords } from './grown.ts';

/** A growing column of 64-bit values, stored as word pairs. If `optional`, rows may be without a value. */
export class Words64Builder implements KernelTarget {
  words: Uint32Array = new Uint32Array(512);
  present: Uint8Array | undefined;
  #used = false;

  constructor(optional: boolean) {
    this.present = optional ? new Uint8Array(256) : undefined;
  }

  memory(rows: number): number {
    return Math.min(rows * 9, this.words.length * 5);
  }

  set(row: number, low: number, high: number): void {
    const at = row * 2;
    if (at >= this.words.length) this.#grow(row + 1);
    this.words[at] = low;
    this.words[at + 1] = high;
    if (this.present !== undefined) {
      this.present[row] = 1;
      this.#used = true;
    }
  }

  setRows(first: number, { count, words, present }: KernelRows): void {
    const end = first + count;
    if (end * 2 > this.words.length) this.#grow(end);
    if (present.includes(0)) {
      for (let i = 0; i < count; i++) if (present[i] !== 0) this.set(first + i, words[i * 2], words[i * 2 + 1]);
      return;
    }
    this.words.set(words, first * 2);
    if (this.present === undefined) return;
    this.present.fill(1, first, end);
    this.#used = true;
  }

  column(name: string, type: Words64Column['type'], from: number, to: number): Words64Column | EmptyColumn {
    if (this.present !== undefined && !this.#used) return { kind: 'empty', name, type, rows: to - from };
    return this.range(name, type, from, to);
  }

  /** Builds the column as `column` does, even if no row has a value. */
  range(name: string, type: Words64Column['type'], from: number, to: number): Words64Column {
    if (to * 2 > this.words.length) this.#grow(to);
    const present = this.present?.subarray(from, to);
    return { kind: 'words64', name, type, words: this.words.subarray(from * 2, to * 2), present };
  }

  rollback(rows: number): void {
    this.words.fill(0, rows * 2);
    this.present?.fill(0, rows);
  }

  /** Frees the memory. The column must not be used afterwards. */
  free(): void {
    freeMemory(this.words);
    if (this.present !== undefined) freeMemory(this.present);
  }

  #grow(rows: number): void {
    const capacity = grownCapacity(this.words.length / 2, rows);
    this.words = grownWords(this.words, capacity * 2);
    if (this.present !== undefined) this.present = grownBytes(this.present, capacity);
  }
}

/** A growing column of 32-bit integers. If `optional`, rows may be without a value. */
export class Words32Builder implements KernelTarget {
  words: Uint32Array = new Uint32Array(256);
  present: Uint8Array | undefined;
  #used = false;

  constructor(optional: boolean) {
    this.present = optional ? new Uint8Array(256) : undefined;
  }

  memory(rows: number): number {
    return Math.min(rows, this.words.length) * 5;
  }

  set(row: number, value: number): void {
    if (row >= this.words.length) this.#grow(row + 1);
    this.words[row] = value;
    if (this.present !== undefined) {
      this.present[row] = 1;
      this.#used = true;
    }
  }

  setRows(first: number, { count, words, present }: KernelRows): void {
    for (let i = 0; i < count; i++) if (present[i] !== 0) this.set(first + i, words[i * 2]);
  }

  column(name: string, type: Words32Column['type'], from: number, to: number): Words32Column | EmptyColumn {
    if (this.present !== undefined && !this.#used) return { kind: 'empty', name, type, rows: to - from };
    if (to > this.words.length) this.#grow(to);
    const present = this.present?.subarray(from, to);
    return { kind: 'words32', name, type, words: this.words.subarray(from, to), present };
  }

  rollback(rows: number): void {
    this.words.fill(0, rows);
    this.present?.fill(0, rows);
  }

  /** Frees the memory. The column must not be used afterwards. */
  free(): void {
    freeMemory(this.words);
    if (this.present !== undefined) freeMemory(this.present);
  }

  #grow(rows: number): void {
    this.words = grownWords(this.words, grownCapacity(this.words.length, rows));
    if (this.present !== undefined) this.present = grownBytes(this.present, this.words.length);
  }
}

/** A growing column of booleans: 0 is absent, 1 is false, 2 is true. */
export class BoolBuilder implements KernelTarget {
  values: Uint8Array = new Uint8Array(256);

  memory(rows: number): number {
    return Math.min(rows, this.values.length);
  }

  set(row: number, value: boolean): void {
    if (row >= this.values.length) this.#grow(row + 1);
    this.values[row] = value ? 2 : 1;
  }

  setRows(first: number, { count, words, present }: KernelRows): void {
    for (let i = 0; i < count; i++) if (present[i] !== 0) this.set(first + i, words[i * 2] !== 0);
  }

  column(name: string, from: number, to: number): BoolColumn {
    if (to > this.values.length) this.#grow(to);
    return { kind: 'bool', name, type: 'bool', values: this.values.subarray(from, to) };
  }

  rollback(rows: number): void {
    this.values.fill(0, rows);
  }

  /** Frees the memory. The column must not be used afterwards. */
  free(): void {
    freeMemory(this.values);
  }

  #grow(rows: number): void {
    this.values = grownBytes(this.values, grownCapacity(this.values.length, rows));
  }
}
