import type { KernelRows, KernelTarget } from './kernel/item-kernel.ts';
import { BytesBuilder } from './values/bytes-builder.ts';

/** `SpanKind` names, indexed by number. */
export const SPAN_KINDS = ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'] as const;
/** `StatusCode` names, indexed by number. */
export const STATUS_CODES = ['UNSET', 'OK', 'ERROR'] as const;
/** `AggregationTemporality` names, indexed by number. */
export const TEMPORALITIES = ['UNSPECIFIED', 'DELTA', 'CUMULATIVE'] as const;

/** An enumeration column. Values are stored by name, or in decimal if they have none. */
export class EnumBuilder implements KernelTarget {
  readonly column = new BytesBuilder(true);
  readonly hasDefault = true;
  readonly #names: number;

  constructor(names: readonly string[]) {
    this.#names = names.length;
    for (const name of names) this.column.dictionary.internText(name);
  }

  setRows(first: number, { count, words, present }: KernelRows): void {
    for (let i = 0; i < count; i++) this.set(first + i, present[i] === 0 ? 0 : words[i * 2]);
  }

  set(row: number, value: number): void {
    const known = value >= 0 && value < this.#names;
    this.column.setEntry(row, known ? value + 1 : this.column.dictionary.internText(String(value)));
  }
}

/** Returns the number for a name written by `EnumBuilder`. */
export function enumNumber(names: readonly string[], name: string): number {
  const number = names.indexOf(name);
  return number < 0 ? Number(name) : number;
}
