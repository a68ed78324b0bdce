import { type Code, call, go, i32, i64, type Local, set, type Value, when } from './assembler.ts';
import { COUNTS, PRESENT } from './layout.ts';
import { entryOf, move, numberOf } from './texts.ts';

/** The local variables of `run` that its parts share. */
export interface Item {
  readonly row: Local;
  readonly at: Local;
  readonly end: Local;
  readonly tag: Local;
  readonly length: Local;
  /** The kind of the field, and the number and address of its column. */
  readonly kind: Local;
  readonly number: Local;
  readonly column: Local;
  readonly value: Local;
  readonly entry: Local;
  /** Bits of the columns of fields that were read. */
  readonly seen: Local;
  /** The last attribute, the next one, and the other ones that may follow. */
  readonly step: Local;
  readonly next: Local;
  readonly others: Local;
  readonly valueAt: Local;
  readonly hash: Local;
  /** Sums of the halves of the hashes of attributes. */
  readonly low: Local;
  readonly high: Local;
}

/** Increments a number in memory. */
export const count = (address: Value, offset = 0): Code =>
  i32.store(address, i32.add(i32.load(address, offset), 1), offset);

/** Returns the address of a row's element of `2 ** shift` bytes. */
export const element = (base: Value, row: Value, shift: number): Code => i32.add(base, i32.shl(row, shift));

/** Sets the row of a text column. */
export function setEntry({ row, column, entry }: Item): Code {
  return i32.store(element(column, row, 2), numberOf(entry));
}

/** Sets the row of a column of numbers. */
export function setValue({ row, column }: Item, value: Value): Code[] {
  return [i64.store(element(column, row, 3), value), i32.store8(i32.add(column, row), 1, PRESENT)];
}

/** Sets the value of a field and continues with the next one. */
export function endValue(item: Item, value: Value): Code[] {
  return [...setValue(item, value), count(i32.shl(item.number, 2), COUNTS), go('fields')];
}

/** Reads the length of the field at `at` and moves to its value, which reaches at most to the end of the item. */
export function readLength({ at, length, end }: Item): Code[] {
  return [
    set(length, i32.load8(at, 1)),
    move(at, 2),
    when(i32.ge(length, 0x80), [
      set(length, i32.or(i32.and(length, 0x7f), i32.shl(i32.load8(at), 7))),
      go('left', i32.ge(i32.load8(at), 0x80)),
      move(at, 1),
    ]),
    go('left', i32.gt(length, i32.sub(end, at))),
  ];
}

/** Looks up text in the column. */
export function lookUp({ entry, column }: Item, at: Value, length: Value): Code[] {
  return [set(entry, call(entryOf, column, at, length)), go('left', i32.eqz(entry)), go('full', i32.eq(entry, 1))];
}

/** Returns whether the bits of a double are those of NaN. */
export const isNotANumber = (value: Value): Code =>
  i64.gt(i64.and(value, i64.constant(0x7fff_ffff_ffff_ffffn)), i64.constant(0x7ff0_0000_0000_0000n));
/** Returns whether a value is neither 0 nor beyond the range of times. */
export const isTime = (value: Value): Code =>
  i64.gt(i64.constant(0x7fff_ffff_ffff_ffffn), i64.sub(value, i64.constant(1n)));
