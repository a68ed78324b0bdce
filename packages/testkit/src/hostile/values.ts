import { Buffer } from 'node:buffer';
import type { Random } from '../otlp/random.ts';
import type { AnyValueJson, KeyValueJson } from '../otlp-json.ts';
import { type HostileRandom, hostileKey, hostileName, shortName } from './names.ts';

/** Integers at the limits of 32, 53 and 64 bits. */
const INT64S: readonly string[] = [
  ...['0', '1', '-1', '127', '128', '2147483647', '2147483648', '-2147483649', '9007199254740991', '9007199254740993'],
  ...['-9007199254740993', '9223372036854775807', '-9223372036854775808', '1000000000000000000'],
];

/** Doubles that are hard to format, plot or compare. */
const DOUBLES: readonly number[] = [
  ...[0, -0, 1, -1, 0.1, 1 / 3, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.MAX_VALUE],
  ...[
    -Number.MAX_VALUE,
    Number.MIN_VALUE,
    -Number.MIN_VALUE,
    2 ** 53,
    2 ** 53 + 2,
    1e15,
    1e16,
    1e21,
    1e-7,
    1e300,
    -1e300,
  ],
];

const UINT64S: readonly string[] = [
  ...['0', '1', '1000', '9007199254740993', '9223372036854775807', '9223372036854775808', '18446744073709551615'],
];

const UINT32S: readonly number[] = [0, 1, 255, 256, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff];
const INT32S: readonly number[] = [0, 1, -1, 24, 25, 100, 0x7fff_ffff, -0x8000_0000];

export function pick<T>(random: Random, values: readonly [T, ...T[]] | readonly T[]): T {
  return values[random(values.length)] as T;
}

export const int64 = (random: Random): string => pick(random, INT64S);
export const double = (random: Random): number => pick(random, DOUBLES);
export const uint64 = (random: Random): string => pick(random, UINT64S);
export const uint32 = (random: Random): number => pick(random, UINT32S);
export const int32 = (random: Random): number => pick(random, INT32S);

/** Generates a timestamp, usually near `aroundNanos`, otherwise in the past, in the future or at a limit of 64 bits. */
export function time(random: Random, aroundNanos: bigint): string {
  if (random(8) > 0) return (aroundNanos + BigInt(random(120_000) - 60_000) * 1_000_000n).toString();
  return pick(random, [
    ...['0', '1', '999', '1000000000', '9223372036854775806', '9223372036854775807', '9223372036854775808'],
    ...['18446744073709551615', '18446744073709551614', (aroundNanos + 1n).toString(), aroundNanos.toString()],
    ...[(aroundNanos - 10n ** 18n).toString(), (aroundNanos + 10n ** 18n).toString()],
  ]);
}

/**
 * Generates the end time of a span that starts at `start`: earlier, equal, a nanosecond, a minute or years later, or
 * missing.
 */
export function endTime(random: Random, start: string): string {
  const begin = BigInt(start);
  const end = pick(random, [begin, begin, begin + 1n, begin + 999n, begin + 1_000_000n, begin + 60_000_000_000n]);
  const odd = pick(random, [0n, begin - 1n, begin - 10n ** 12n, begin + 10n ** 18n, 2n ** 64n - 1n, end, end, end]);
  return (random(3) === 0 ? BigInt.asUintN(64, odd < 0n ? 0n : odd) : BigInt.asUintN(64, end)).toString();
}

/** Generates a valid hexadecimal ID: random, all zeros, all ones, or empty. */
export function id(random: Random, bytes: 8 | 16): string {
  switch (random(8)) {
    case 0:
      return '';
    case 1:
      return '00'.repeat(bytes);
    case 2:
      return 'ff'.repeat(bytes);
    default:
      return Array.from({ length: bytes }, () => random(256).toString(16).padStart(2, '0')).join('');
  }
}

/** Generates a value of any type, nested at most `depth` levels deep. */
export function anyValue(random: HostileRandom, depth: number): AnyValueJson {
  switch (random(depth > 0 ? 12 : 9)) {
    case 0:
    case 1:
      return { stringValue: hostileName(random) };
    case 2:
      return { boolValue: random(2) === 0 };
    case 3:
    case 4:
      return { intValue: int64(random) };
    case 5:
    case 6:
      return { doubleValue: double(random) };
    case 7:
      return { bytesValue: pick(random, ['', 'AA==', 'AAAA', Buffer.from(Array(300).fill(255)).toString('base64')]) };
    case 8:
      return {};
    case 9:
    case 10:
      return { arrayValue: { values: Array.from({ length: random(4) }, () => anyValue(random, depth - 1)) } };
    default:
      return { kvlistValue: { values: attributes(random, random(4), depth - 1) } };
  }
}

/** Generates attributes with hostile keys, sometimes with a duplicate key or keys that differ only in case. */
export function attributes(random: HostileRandom, count: number, depth = 3): KeyValueJson[] {
  const list = Array.from({ length: count }, () => ({ key: hostileKey(random), value: anyValue(random, depth) }));
  const [first] = list;
  if (first !== undefined && random(6) === 0) list.push({ key: first.key, value: anyValue(random, depth) });
  if (first !== undefined && random(6) === 0 && first.key.length < 300) {
    list.push({ key: swapCase(first.key), value: anyValue(random, depth) });
  }
  return list;
}

/** Generates `count` attributes with distinct keys. */
export function manyAttributes(random: HostileRandom, count: number): KeyValueJson[] {
  return Array.from({ length: count }, (_, index) => ({
    key: `${shortName(random)}${index}`,
    value: anyValue(random, 0),
  }));
}

/**
 * Generates a value nested `messages` protobuf messages deep, alternating lists and maps. A map takes one message more
 * than a list.
 */
export function deepValue(random: HostileRandom, messages: number): AnyValueJson {
  const inMap = random(2) === 0;
  const needed = inMap ? 3 : 2;
  if (messages < needed) return anyValue(random, 0);
  const inner = deepValue(random, messages - needed);
  return inMap
    ? { kvlistValue: { values: [{ key: shortName(random), value: inner }] } }
    : { arrayValue: { values: [inner] } };
}

function swapCase(text: string): string {
  const upper = text.toUpperCase();
  return upper === text ? text.toLowerCase() : upper;
}
