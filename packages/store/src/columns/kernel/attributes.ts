import { BOOL, DOUBLE, INTEGER, TEXT } from '../attribute-types.ts';
import { block, type Code, call, exit, go, i32, i64, type Local, loop, set, when } from './assembler.ts';
import { count, type Item, isNotANumber, lookUp, setEntry, setValue } from './item-state.ts';
import { ENTRY, STEP, STOPPED_FROM, STOPPED_STEP, STOPPED_TO } from './layout.ts';
import { move, same, seriesHashOf } from './texts.ts';

/** Reads an attribute that has followed the last one before: with the same value, or with another one of its type. */
export function readAttribute(item: Item, hashed: Local): Code[] {
  const { at, end, length, step, next, others, row, column, entry, value, low, high } = item;
  return [
    set(length, i32.load8(at, 1)),
    go('left', i32.ge(length, 0x80)),
    move(at, 2),
    go('left', i32.gt(length, i32.sub(end, at))),
    set(next, i32.load(step, STEP.predicted)),
    set(others, i32.load(step, STEP.firstChild)),
    loop(
      'candidates',
      block(
        'different',
        go('different', i32.eqz(next)),
        block(
          'read',
          when(i32.eq(i32.load(next, STEP.length), length), [
            when(i32.load(next, STEP.entry), [go('read', call(same, at, i32.load(next, STEP.at), length))]),
          ]),
          ...readValue(item, hashed),
        ),
        set(column, i32.load(next, STEP.column)),
        when(
          i32.load(next, STEP.type),
          [set(value, i64.load(next, STEP.value)), ...setValue(item, value)],
          [set(entry, i32.load(next, STEP.entry)), setEntry(item)],
        ),
        count(i32.load(next, STEP.count)),
        when(hashed, [move(low, i32.load(next, STEP.hash)), move(high, i32.load(next, STEP.hash + 4))]),
        i32.store(step, next, STEP.predicted),
        set(step, next),
        move(at, length),
        go('fields'),
      ),
      set(next, others),
      when(i32.eqz(next), [
        i32.store(0, step, STOPPED_STEP),
        i32.store(0, at, STOPPED_FROM),
        i32.store(0, i32.add(at, length), STOPPED_TO),
        exit(row),
      ]),
      set(others, i32.load(next, STEP.sibling)),
      go('candidates'),
    ),
  ];
}

/** Reads the value of a KeyValue of `length` bytes if its key and type are those of the step `next`. */
function readValue(item: Item, hashed: Local): Code[] {
  const { at, length, next, valueAt, column, entry, value, hash, tag } = item;
  const left = i32.sub(i32.add(at, length), valueAt);
  const is = (expected: number) => i32.eq(i32.load(next, STEP.type), expected);
  const hasTag = (expected: number) => go('different', i32.ne(i32.load8(valueAt), expected));
  return [
    set(valueAt, i32.load(next, STEP.valueOffset)),
    go('different', i32.lt(length, i32.add(valueAt, 4))),
    go('different', i32.eqz(call(same, at, i32.load(next, STEP.at), valueAt))),
    move(valueAt, i32.add(at, 2)),
    go('different', i32.ne(i32.load16(i32.sub(valueAt, 2)), i32.or(0x12, i32.shl(left, 8)))),
    set(column, i32.load(next, STEP.column)),
    block(
      'value',
      when(is(TEXT), [
        hasTag(0x0a),
        go('different', i32.ne(i32.load8(valueAt, 1), i32.sub(left, 2))),
        ...lookUp(item, i32.add(valueAt, 2), i32.sub(left, 2)),
        i32.store(next, entry, STEP.entry),
        when(hashed, [
          when(i32.eqz(i32.load(entry, ENTRY.isHashed)), [
            i64.store(entry, call(seriesHashOf, at, i32.add(at, length)), ENTRY.hash),
            i32.store(entry, 1, ENTRY.isHashed),
          ]),
          i64.store(next, i64.load(entry, ENTRY.hash), STEP.hash),
        ]),
        i32.store(next, at, STEP.at),
        i32.store(next, length, STEP.length),
        go('read'),
      ]),
      when(is(INTEGER), [
        hasTag(0x18),
        set(value, i64.constant(0n)),
        set(hash, i64.constant(0n)),
        set(tag, i32.add(valueAt, 1)),
        loop(
          'varint',
          set(value, i64.or(value, i64.shl(i64.and(i64.load(tag), i64.constant(0x7fn)), hash))),
          set(hash, i64.sub(hash, i64.constant(-7n))),
          move(tag, 1),
          go('varint', i32.ge(i32.load8(i32.sub(tag, 1)), 0x80)),
        ),
        go('different', i32.ne(tag, i32.add(at, length))),
        go('value'),
      ]),
      set(value, i64.load(valueAt, 1)),
      when(is(DOUBLE), [
        hasTag(0x21),
        go('different', i32.ne(left, 9)),
        go('different', isNotANumber(value)),
        go('value'),
      ]),
      go('different', i32.eqz(is(BOOL))),
      hasTag(0x10),
      set(value, i64.and(value, i64.constant(0xffn))),
      go('different', i32.ne(left, 2)),
      go('different', i64.gt(value, i64.constant(1n))),
    ),
    i64.store(next, value, STEP.value),
    i32.store(next, 1, STEP.entry),
    when(hashed, [i64.store(next, call(seriesHashOf, at, i32.add(at, length)), STEP.hash)]),
    i32.store(next, at, STEP.at),
    i32.store(next, length, STEP.length),
  ];
}
