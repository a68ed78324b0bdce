import { block, type Code, call, go, i32, i64, set, when } from './assembler.ts';
import { count, endValue, type Item, isNotANumber, isTime, lookUp, readLength, setEntry } from './item-state.ts';
import { COLUMN_BYTES, COLUMN_TABLE, COUNTS, ENTRIES, ENTRY, ENTRY_COUNT, FIELD, FIELDS, LAST } from './layout.ts';
import { insert, move, same } from './texts.ts';

/** Reads a field that is not an attribute. */
export function readField(item: Item): Code[] {
  const { at, length, kind, number, column, value, entry, tag, seen } = item;
  const is = (expected: number) => i32.eq(kind, expected);
  return [
    set(number, i32.load8(i32.shl(tag, 2), FIELDS + 1)),
    set(column, i32.add(COLUMN_TABLE, i32.mul(number, COLUMN_BYTES))),
    // The last of several values counts, which the builder respects.
    go('left', i32.and(i32.shr(seen, number), 1)),
    set(seen, i32.or(seen, i32.shl(1, number))),
    when(i32.le(kind, FIELD.double), [
      set(value, i64.load(at, 1)),
      move(at, 9),
      when(is(FIELD.time), [go('left', i32.eqz(isTime(value)))]),
      when(is(FIELD.double), [go('left', isNotANumber(value))]),
      ...endValue(item, value),
    ]),
    when(is(FIELD.id), [
      go('left', i32.ne(i32.load8(at, 1), 8)),
      move(at, 10),
      ...endValue(item, i64.load(i32.sub(at, 8))),
    ]),
    when(is(FIELD.small), [
      set(length, i32.load8(at, 1)),
      go('left', i32.ge(length, 0x80)),
      move(at, 2),
      go('fields', i32.eqz(length)),
      ...endValue(item, i64.extend(length)),
    ]),
    when(i32.ge(kind, FIELD.fixed32), [
      when(is(FIELD.wideFixed32), [move(at, 1), go('left', i32.ne(i32.load8(at), 1))]),
      set(length, i32.load(at, 1)),
      move(at, 5),
      go('fields', i32.eqz(length)),
      ...endValue(item, i64.extend(length)),
    ]),
    ...readLength(item),
    when(is(FIELD.bytes), [
      go('left', i32.eqz(length)),
      set(entry, i32.load(i32.shl(number, 2), LAST)),
      block(
        'known',
        when(i32.eq(i32.load(entry, ENTRY.length), length), [
          go('known', call(same, i32.load(entry, ENTRY.at), at, length)),
        ]),
        go('full', i32.ge(i32.load(0, ENTRY_COUNT), ENTRIES)),
        set(entry, call(insert, column, at, length)),
        i32.store(i32.shl(number, 2), entry, LAST),
      ),
      setEntry(item),
      count(i32.shl(number, 2), COUNTS),
      move(at, length),
      go('fields'),
    ]),
    when(is(FIELD.status), readStatus(item)),
    when(is(FIELD.anyText), [
      go('left', i32.lt(length, 2)),
      go('left', i32.ne(i32.load8(at), 0x0a)),
      set(tag, length),
      ...readLength(item),
      // The AnyValue consists of the tag, the length and the text.
      go('left', i32.ne(tag, i32.add(length, i32.add(i32.ge(length, 0x80), 2)))),
    ]),
    go('left', i32.eqz(length)),
    ...lookUp(item, at, length),
    setEntry(item),
    count(i32.shl(number, 2), COUNTS),
    move(at, length),
    go('fields'),
  ];
}

/** Reads a Status of `length` bytes with an optional message and then a code. */
function readStatus(item: Item): Code[] {
  const { at, length, number, column, tag } = item;
  return [
    set(tag, i32.add(at, length)),
    when(i32.eq(i32.load8(at), 0x12), [
      ...readLength(item),
      go('left', i32.eqz(length)),
      move(column, COLUMN_BYTES),
      ...lookUp(item, at, length),
      setEntry(item),
      count(i32.shl(number, 2), COUNTS + 4),
      move(column, -COLUMN_BYTES),
      move(at, length),
    ]),
    set(length, i32.load8(at, 1)),
    move(at, 2),
    go('left', i32.ne(at, tag)),
    go('left', i32.ne(i32.load8(at), 0x18)),
    go('left', i32.ge(i32.sub(length, 1), 0x7f)),
    ...endValue(item, i64.extend(length)),
  ];
}
