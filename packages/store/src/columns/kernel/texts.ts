import {
  block,
  type Code,
  call,
  exit,
  go,
  i32,
  i64,
  type Local,
  loop,
  set,
  type Value,
  v128,
  WasmModule,
  when,
} from './assembler.ts';
import { ENTRIES, ENTRY, ENTRY_COUNT, ENTRY_TABLE, GENERATION, MASKS, SLOT_TABLE, SLOTS } from './layout.ts';

/** The module of the kernel. */
export const module = new WasmModule();

/** Adds to a local variable. */
export const move = (local: Local, by: Value): Code => set(local, i32.add(local, by));

/** Returns whether `length` bytes at `a` and `b` are equal. Reads up to 15 bytes behind them. */
export const same = module.define('i32', (f) => {
  const [a, b, left] = [f.parameter(), f.parameter(), f.parameter()];
  return [
    loop(
      'blocks',
      when(i32.gt(left, 16), [
        when(v128.anyTrue(v128.xor(v128.load(a), v128.load(b))), [exit(0)]),
        move(a, 16),
        move(b, 16),
        move(left, -16),
        go('blocks'),
      ]),
    ),
    i32.eqz(i32.and(i32.xor(v128.bitmask(v128.eq(v128.load(a), v128.load(b))), -1), i32.sub(i32.shl(1, left), 1))),
  ];
});

/** Returns whether bytes are ASCII. */
const isAscii = module.define('i32', (f) => {
  const [at, left] = [f.parameter(), f.parameter()];
  return [
    loop(
      'blocks',
      when(i32.gt(left, 16), [
        when(v128.bitmask(v128.load(at)), [exit(0)]),
        move(at, 16),
        move(left, -16),
        go('blocks'),
      ]),
    ),
    i32.eqz(i32.and(v128.bitmask(v128.load(at)), i32.sub(i32.shl(1, left), 1))),
  ];
});

/** Random per process, so that senders cannot craft colliding values. */
const randomWord = () => i64.constant(BigInt(Math.floor(Math.random() * 2 ** 32)) * 0x1_0000_0001n + 1n);
const [SEED, SECOND_SEED] = [randomWord(), randomWord()];
const FACTOR = i64.constant(0x9e37_79b9_7f4a_7c15n);
const SECOND_FACTOR = i64.constant(0xc2b2_ae3d_27d4_eb4fn);

const folded = (hash: Local): Code => i32.wrap(i64.xor(hash, i64.shr(hash, i64.constant(32n))));

/** Returns a 32-bit hash of more than 16 bytes. */
const hashOfLong = module.define('i32', (f) => {
  const [at, left, hash] = [f.parameter(), f.parameter(), f.local('i64')];
  const mix = (word: Code): Code[] => [
    set(hash, i64.mul(i64.xor(hash, word), FACTOR)),
    set(hash, i64.xor(hash, i64.shr(hash, i64.constant(29n)))),
  ];
  return [
    set(hash, i64.xor(SEED, i64.extend(left))),
    loop('words', when(i32.gt(left, 8), [...mix(i64.load(at)), move(at, 8), move(left, -8), go('words')])),
    // The last bytes overlap the ones before.
    ...mix(i64.load(i32.sub(i32.add(at, left), 8))),
    set(hash, i64.mul(hash, SECOND_FACTOR)),
    folded(hash),
  ];
});

/** Returns what an attribute adds to the hash of its series: see `SeriesHash`. */
export const seriesHashOf = module.define('i64', (f) => {
  const [at, end] = [f.parameter(), f.parameter()];
  const [a, b, word] = [f.local(), f.local(), f.local()];
  const mix = (value: Code): Code[] => [
    set(word, value),
    set(a, i32.mul(i32.xor(a, word), 0xcc9e2d51)),
    set(a, i32.xor(a, i32.shr(a, 15))),
    set(b, i32.mul(i32.xor(b, word), 0x1b873593)),
    set(b, i32.xor(b, i32.shr(b, 13))),
  ];
  return [
    set(a, 0x9e3779b1),
    set(b, i32.xor(0x85ebca6b, i32.sub(end, at))),
    loop('words', when(i32.le(i32.add(at, 4), end), [...mix(i32.load(at)), move(at, 4), go('words')])),
    loop('bytes', when(i32.lt(at, end), [...mix(i32.load8(at)), move(at, 1), go('bytes')])),
    set(a, i32.mul(i32.xor(a, i32.shr(b, 16)), 0xc2b2ae35)),
    set(b, i32.mul(i32.xor(b, i32.shr(a, 13)), 0x27d4eb2f)),
    i64.or(i64.extend(i32.xor(a, i32.shr(a, 16))), i64.shl(i64.extend(i32.xor(b, i32.shr(b, 15))), i64.constant(32n))),
  ];
});

/** Adds an entry to the dictionary and returns its address. There must be space. */
export const insert = module.define('i32', (f) => {
  const [column, at, length, entry] = [f.parameter(), f.parameter(), f.parameter(), f.local()];
  return [
    set(entry, i32.add(i32.load(0, ENTRY_COUNT), 1)),
    i32.store(0, entry, ENTRY_COUNT),
    set(entry, i32.add(ENTRY_TABLE, i32.mul(entry, ENTRY.size))),
    i32.store(entry, at, ENTRY.at),
    i32.store(entry, length, ENTRY.length),
    i32.store(entry, column, ENTRY.column),
    i32.store(entry, 0, ENTRY.isHashed),
    i32.add(entry, 0),
  ];
});

/** Returns the number of an entry at an address: the divisions by the size are exact. */
export const numberOf = (entry: Value): Code => i32.div(i32.sub(entry, ENTRY_TABLE), ENTRY.size);

/** Returns the address of the entry of text in a column; 0 if it is not ASCII, 1 if there is no space. */
export const entryOf = module.define('i32', (f) => {
  const [column, at, length] = [f.parameter(), f.parameter(), f.parameter()];
  const [key, slot, value, entry] = [f.local(), f.local(), f.local(), f.local()];
  const [bytes, hash] = [f.local('v128'), f.local('i64')];
  const isShort = i32.le(length, 16);
  return [
    when(
      isShort,
      [
        // Without branches, which would often be mispredicted.
        set(bytes, v128.and(v128.load(at), v128.load(i32.shl(length, 4), MASKS))),
        set(hash, i64.mul(i64.xor(v128.half(bytes, 0), i64.xor(SEED, i64.extend(length))), FACTOR)),
        set(hash, i64.xor(hash, i64.mul(i64.xor(v128.half(bytes, 1), SECOND_SEED), SECOND_FACTOR))),
        set(hash, i64.mul(i64.xor(hash, i64.shr(hash, i64.constant(29n))), FACTOR)),
        set(key, folded(hash)),
      ],
      [set(key, call(hashOfLong, at, length))],
    ),
    set(key, i32.xor(key, column)),
    set(slot, key),
    block(
      'absent',
      loop(
        'slots',
        set(slot, i32.and(slot, SLOTS - 1)),
        set(value, i32.load(i32.shl(slot, 2), SLOT_TABLE)),
        go('absent', i32.ne(i32.shr(value, 16), i32.load(0, GENERATION))),
        set(entry, i32.add(ENTRY_TABLE, i32.mul(i32.and(value, 0xffff), ENTRY.size))),
        block(
          'other',
          go('other', i32.ne(i32.load(entry, ENTRY.key), key)),
          go('other', i32.ne(i32.load(entry, ENTRY.column), column)),
          go('other', i32.ne(i32.load(entry, ENTRY.length), length)),
          when(
            isShort,
            [go('other', v128.anyTrue(v128.xor(v128.load(entry, ENTRY.bytes), bytes)))],
            [go('other', i32.eqz(call(same, i32.load(entry, ENTRY.at), at, length)))],
          ),
          exit(entry),
        ),
        move(slot, 1),
        go('slots'),
      ),
    ),
    when(i32.eqz(call(isAscii, at, length)), [exit(0)]),
    when(i32.ge(i32.load(0, ENTRY_COUNT), ENTRIES), [exit(1)]),
    set(entry, call(insert, column, at, length)),
    i32.store(entry, key, ENTRY.key),
    v128.store(entry, bytes, ENTRY.bytes),
    i32.store(i32.shl(slot, 2), i32.or(i32.shl(i32.load(0, GENERATION), 16), numberOf(entry)), SLOT_TABLE),
    i32.add(entry, 0),
  ];
});
