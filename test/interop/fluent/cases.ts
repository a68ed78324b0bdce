import { gzipSync } from 'node:zlib';
import { createRandom, type Random } from '@otelier/testkit';

/** A message of the forward protocol, or something like one. */
export interface FluentCase {
  readonly name: string;
  readonly message: Buffer;
}

/** A MessagePack value to encode: what JavaScript has, and what it lacks. */
type Packed = null | boolean | number | bigint | string | Uint8Array | Packed[] | Map<string, Packed> | Raw;

/** Encoded bytes. */
class Raw {
  readonly bytes: Buffer;

  constructor(...parts: (Uint8Array | readonly number[])[]) {
    this.bytes = Buffer.concat(parts.map((part) => Buffer.from(part)));
  }
}

/** Encodes a value with the shortest form, independently of the code under test. */
function pack(value: Packed): Buffer {
  if (value instanceof Raw) return value.bytes;
  if (value === null) return Buffer.from([0xc0]);
  switch (typeof value) {
    case 'boolean':
      return Buffer.from([value ? 0xc3 : 0xc2]);
    case 'bigint':
      return packInteger(value);
    case 'number': {
      const bytes = Buffer.alloc(9, 0xcb);
      bytes.writeDoubleBE(value, 1);
      return bytes;
    }
    case 'string':
      return Buffer.concat([head(Buffer.byteLength(value), [0xa0, 31], [0xd9, 0xda, 0xdb]), Buffer.from(value)]);
  }
  if (value instanceof Uint8Array)
    return Buffer.concat([head(value.length, undefined, [0xc4, 0xc5, 0xc6]), Buffer.from(value)]);
  if (Array.isArray(value))
    return Buffer.concat([head(value.length, [0x90, 15], [undefined, 0xdc, 0xdd]), ...value.map(pack)]);
  const entries = [...value].flatMap(([key, each]) => [pack(key), pack(each)]);
  return Buffer.concat([head(value.size, [0x80, 15], [undefined, 0xde, 0xdf]), ...entries]);
}

function head(
  size: number,
  fixed: readonly [base: number, max: number] | undefined,
  [one, two, four]: readonly [number | undefined, number, number],
): Buffer {
  if (fixed !== undefined && size <= fixed[1]) return Buffer.from([fixed[0] | size]);
  if (one !== undefined && size < 256) return Buffer.from([one, size]);
  const bytes = Buffer.alloc(size < 65536 ? 3 : 5, size < 65536 ? two : four);
  bytes.writeUIntBE(size, 1, bytes.length - 1);
  return bytes;
}

function packInteger(value: bigint): Buffer {
  if (value >= -32n && value < 128n) return Buffer.from([Number(value) & 0xff]);
  const bytes = Buffer.alloc(9, value < 0n ? 0xd3 : 0xcf);
  if (value < 0n) bytes.writeBigInt64BE(value, 1);
  else bytes.writeBigUInt64BE(value, 1);
  return bytes;
}

const u32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

const eventTime = (seconds: number, nanos: number) => new Raw([0xd7, 0], u32(seconds), u32(nanos));
const eventTimeExt8 = (seconds: number, nanos: number) => new Raw([0xc7, 8, 0], u32(seconds), u32(nanos));

const SECONDS = 1_700_000_000;

const TIMES: readonly (() => Packed)[] = [
  () => BigInt(SECONDS),
  () => 0n,
  () => new Raw([0xd2], u32(SECONDS)),
  () => new Raw([0xce], u32(4_000_000_000)),
  () => eventTime(SECONDS, 123_456_789),
  () => eventTimeExt8(SECONDS, 999_999_999),
  () => eventTime(0xffff_ffff, 0),
];

const SCALARS: readonly Packed[] = [
  null,
  true,
  false,
  0n,
  127n,
  -1n,
  -33n,
  255n,
  -(2n ** 63n),
  2n ** 63n - 1n,
  2n ** 63n,
  2n ** 64n - 1n,
  new Raw([0xcc, 200]),
  new Raw([0xcd, 1, 2]),
  new Raw([0xd0, 0x80]),
  new Raw([0xd1, 0xff, 0]),
  0.5,
  -0.1,
  1e300,
  new Raw([0xca, 0x3f, 0xc0, 0, 0]),
  new Raw([0xca, 0x3d, 0xcc, 0xcc, 0xcd]),
  '',
  'text',
  'ü😀',
  'x'.repeat(31),
  'x'.repeat(32),
  'x'.repeat(300),
  Buffer.from('binary'),
  new Raw([0xda, 0, 2], Buffer.from('ab')),
  [],
  new Map(),
];

const KEYS = ['log', 'message', 'level', 'a.b', 'kubernetes', 'stream', 'fluent.tag', 'ü', 'a b'];

function value(random: Random, depth = 0): Packed {
  const kind = random(depth > 3 ? 6 : 8);
  if (kind === 6) return Array.from({ length: random(4) }, () => value(random, depth + 1));
  if (kind === 7) return record(random, depth + 1);
  return SCALARS[random(SCALARS.length)] ?? null;
}

function record(random: Random, depth = 0): Map<string, Packed> {
  const size = random(20) === 0 ? 17 : random(5);
  const keys = Array.from({ length: size }, (_, i) => (size > 10 ? `key${i}` : (KEYS[random(KEYS.length)] ?? '')));
  return new Map(keys.map((key) => [key, value(random, depth)]));
}

const MODES = ['message', 'forward', 'packed', 'packed text', 'compressed', 'two members'] as const;

function message(mode: (typeof MODES)[number], tag: string, random: Random): Buffer {
  const time = () => (TIMES[random(TIMES.length)] ?? TIMES[0])?.() ?? 0n;
  const options = new Map<string, Packed>([['chunk', `${tag}==`]]);
  const entries = Array.from({ length: random(4) }, (): Packed => [time(), record(random)]);
  const all = Buffer.concat(entries.map(pack));
  switch (mode) {
    case 'message':
      return pack([tag, time(), record(random), options]);
    case 'forward':
      return pack([tag, entries, options.set('size', BigInt(entries.length))]);
    case 'packed':
      return pack([tag, all, options]);
    case 'packed text':
      return pack([tag, new Raw(head(all.length, [0xa0, 31], [0xd9, 0xda, 0xdb]), all), options]);
    case 'compressed':
      return pack([tag, gzipSync(all), options.set('compressed', 'gzip')]);
    case 'two members': {
      const half = Buffer.concat(entries.slice(0, 1).map(pack));
      const members = [gzipSync(half), gzipSync(all.subarray(half.length))];
      return pack([tag, Buffer.concat(members), options.set('compressed', 'gzip')]);
    }
  }
}

/** Messages that are rejected. */
function invalid(tag: string): readonly (readonly [string, Buffer])[] {
  const options = new Map<string, Packed>([['chunk', tag]]);
  const time = BigInt(SECONDS);
  return [
    ['an array of two', pack([tag, time])],
    ['an array of five', pack([tag, time, new Map(), options, null])],
    ['a tag that is a number', pack([1n, time, new Map(), options])],
    ['a record that is a text', pack([tag, time, 'text', options])],
    ['a record that is nil', pack([tag, time, null, options])],
    ['a key that is a number', pack([tag, time, new Raw([0x81, 0x01, 0x01]), options])],
    ['a nested key that is a number', pack([tag, time, new Map([['a', new Raw([0x81, 0x01, 0x01])]]), options])],
    ['a time that is a text', pack([tag, [['now', new Map()]], options])],
    ['a time that is nil', pack([tag, [[null, new Map()]], options])],
    ['an entry of three', pack([tag, [[time, new Map(), null]], options])],
    ['an entry that is a map', pack([tag, [new Map()], options])],
    ['packed entries that are none', pack([tag, Buffer.from([0xc0]), options])],
    ['gzip that is none', pack([tag, Buffer.from('gzip'), new Map(options).set('compressed', 'gzip')])],
    ['a second element that is a map', pack([tag, new Map(), options])],
    ['a text', pack('GET / HTTP/1.1')],
    ['an event time of 4 bytes', pack([tag, new Raw([0xd6, 0], u32(SECONDS)), new Map(), options])],
    ['a reserved byte', pack([tag, time, new Map([['a', new Raw([0xc1])]]), options])],
  ];
}

/** All cases. Each has a tag of its own. */
export function fluentCases(): readonly FluentCase[] {
  const random = createRandom(7);
  const valid = Array.from({ length: 180 }, (_, i) => {
    const mode = MODES[i % MODES.length] ?? 'message';
    return { name: `case-${i} ${mode}`, message: message(mode, `case-${i}`, random) };
  });
  const rejected = invalid('rejected').map(([name, bytes]) => ({ name, message: bytes }));
  return [...valid, ...rejected];
}
