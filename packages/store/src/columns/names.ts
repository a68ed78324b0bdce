import { BytesBuilder } from './values/bytes-builder.ts';

/** Names of `SpanKind` by number. */
export const SPAN_KINDS = ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'] as const;
/** Names of `StatusCode` by number. */
export const STATUS_CODES = ['UNSET', 'OK', 'ERROR'] as const;
/** Names of `AggregationTemporality` by number. */
export const TEMPORALITIES = ['UNSPECIFIED', 'DELTA', 'CUMULATIVE'] as const;

/** A column of an enumeration, stored as names; numbers without a name as decimal text. */
export class EnumBuilder {
  readonly column = new BytesBuilder(true);
  readonly #names: number;

  constructor(names: readonly string[]) {
    this.#names = names.length;
    for (const name of names) this.column.dictionary.internText(name);
  }

  set(row: number, value: number): void {
    const known = value >= 0 && value < this.#names;
    this.column.setEntry(row, known ? value + 1 : this.column.dictionary.internText(String(value)));
  }
}

/** Returns the number of a name that `EnumBuilder` wrote. */
export function enumNumber(names: readonly string[], name: string): number {
  const number = names.indexOf(name);
  return number < 0 ? Number(name) : number;
}
