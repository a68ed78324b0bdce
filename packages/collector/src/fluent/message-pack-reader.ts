import { encodeBase64 } from '@otelier/otlp';
import { formatTimeRfc3339 } from '../ottl/values/time.ts';
import { Time, type Value, type ValueMap } from '../ottl/values/value.ts';

/** Thrown for input that is not the expected MessagePack value. */
export class MessagePackError extends Error {
  override readonly name = 'MessagePackError';
}

/** The kind of a MessagePack value. */
export type MessagePackKind = 'nil' | 'bool' | 'int' | 'float' | 'text' | 'binary' | 'array' | 'map' | 'extension';

/** Levels of nested arrays and maps. Each level of a map is three levels of messages in OTLP. */
const MAX_DEPTH = 30;
const MAX_INT64 = 2n ** 63n - 1n;
const EVENT_TIME = 0;
const TIMESTAMP = -1;

/**
 * Reads MessagePack values in order. Everything that it creates is bounded by the size of its input: no announced count
 * or length reserves memory.
 */
export class MessagePackReader {
  readonly #bytes: Buffer;
  readonly #keepsBinary: boolean;
  #at = 0;

  /** `keepsBinary`: whether `value` returns binary values as bytes, which share the memory of the input. */
  constructor(bytes: Uint8Array, { keepsBinary = false } = {}) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#keepsBinary = keepsBinary;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** Returns the kind of the next value without reading it. */
  peek(): MessagePackKind {
    return kindOf(this.#byteAt(this.#at));
  }

  /** Reads the head of an array and returns the number of its elements. */
  array(what: string): number {
    const type = this.#byte();
    if (type >= 0x90 && type <= 0x9f) return type & 0x0f;
    if (type === 0xdc) return this.#count(this.#unsigned(2), 1);
    if (type === 0xdd) return this.#count(this.#unsigned(4), 1);
    throw unexpected(what, 'an array', type);
  }

  /** Reads the head of a map and returns the number of its entries. */
  map(what: string): number {
    const type = this.#byte();
    if (type >= 0x80 && type <= 0x8f) return type & 0x0f;
    if (type === 0xde) return this.#count(this.#unsigned(2), 2);
    if (type === 0xdf) return this.#count(this.#unsigned(4), 2);
    throw unexpected(what, 'a map', type);
  }

  /** Reads a text or binary value and returns its bytes, which share the memory of the input. */
  data(what: string): Buffer {
    const type = this.#byte();
    const length = this.#dataLength(type);
    if (length === undefined) throw unexpected(what, 'text', type);
    return this.#take(length);
  }

  /** Reads a text, which old senders write as binary. */
  text(what: string): string {
    return this.data(what).toString('utf8');
  }

  /** Reads a time: seconds, an extension with nanoseconds, or an array with a time and metadata of the sender. */
  time(metadata: ValueMap): bigint {
    const type = this.#byteAt(this.#at);
    switch (kindOf(type)) {
      case 'int': {
        const seconds = this.value();
        return BigInt(seconds as bigint | string) * 1_000_000_000n;
      }
      case 'float':
        return BigInt(Math.round(Number(this.value()) * 1e3)) * 1_000_000n;
      case 'extension': {
        const nanos = timeOfExtension(this.#extension());
        if (nanos !== undefined) return nanos;
        break;
      }
      case 'array':
        if (this.array('time') === 2 && this.peek() !== 'array') {
          const nanos = this.time(metadata);
          for (let left = this.map('metadata'); left > 0; left--) metadata.set(this.text('key'), this.value());
          return nanos;
        }
    }
    throw unexpected('time', 'a time', type);
  }

  /** Reads any value. Binary values become texts, as the Collector's receiver of the forward protocol reads them. */
  value(depth = 0): Value {
    const type = this.#byte();
    if (type <= 0x7f) return BigInt(type);
    if (type >= 0xe0) return BigInt(type - 0x100);
    const length = this.#dataLength(type);
    if (length !== undefined) {
      const data = this.#take(length);
      return this.#keepsBinary && kindOf(type) === 'binary' ? data : data.toString('utf8');
    }
    if (type <= 0x8f || type === 0xde || type === 0xdf) {
      this.#at -= 1;
      return this.#mapValue(depth);
    }
    if (type <= 0x9f || type === 0xdc || type === 0xdd) {
      this.#at -= 1;
      return this.#list(depth);
    }
    return this.#scalar(type);
  }

  #list(depth: number): Value[] {
    checkDepth(depth);
    const values: Value[] = [];
    for (let left = this.array('value'); left > 0; left--) values.push(this.value(depth + 1));
    return values;
  }

  #mapValue(depth: number): ValueMap {
    checkDepth(depth);
    const map: ValueMap = new Map();
    for (let left = this.map('value'); left > 0; left--) map.set(this.text('key'), this.value(depth + 1));
    return map;
  }

  #scalar(type: number): Value {
    switch (type) {
      case 0xc0:
        return undefined;
      case 0xc2:
        return false;
      case 0xc3:
        return true;
      case 0xca:
        return this.#take(4).readFloatBE();
      case 0xcb:
        return this.#take(8).readDoubleBE();
      case 0xcc:
        return BigInt(this.#unsigned(1));
      case 0xcd:
        return BigInt(this.#unsigned(2));
      case 0xce:
        return BigInt(this.#unsigned(4));
      case 0xcf: {
        const value = this.#take(8).readBigUInt64BE();
        return value > MAX_INT64 ? String(value) : value;
      }
      case 0xd0:
        return BigInt(this.#take(1).readInt8());
      case 0xd1:
        return BigInt(this.#take(2).readInt16BE());
      case 0xd2:
        return BigInt(this.#take(4).readInt32BE());
      case 0xd3:
        return this.#take(8).readBigInt64BE();
      case 0xc1:
        throw new MessagePackError('expected a MessagePack value, got the byte 0xc1');
      default: {
        this.#at -= 1;
        return textOfExtension(this.#extension());
      }
    }
  }

  #extension(): Extension {
    const type = this.#byte();
    const fixed = FIXED_EXTENSIONS[type];
    const width = EXTENSION_LENGTHS[type] ?? 1;
    const length = fixed ?? this.#unsigned(width);
    const id = this.#take(1).readInt8();
    return { id, data: this.#take(length) };
  }

  #dataLength(type: number): number | undefined {
    if (type >= 0xa0 && type <= 0xbf) return type & 0x1f;
    switch (type) {
      case 0xc4:
      case 0xd9:
        return this.#unsigned(1);
      case 0xc5:
      case 0xda:
        return this.#unsigned(2);
      case 0xc6:
      case 0xdb:
        return this.#unsigned(4);
      default:
        return undefined;
    }
  }

  /** Checks that the input can have as many elements. */
  #count(count: number, minBytes: number): number {
    if (count * minBytes > this.#bytes.length - this.#at) throw truncated();
    return count;
  }

  #unsigned(size: 1 | 2 | 4): number {
    return this.#take(size).readUIntBE(0, size);
  }

  #take(length: number): Buffer {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw truncated();
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }

  #byte(): number {
    return this.#byteAt(this.#at++);
  }

  #byteAt(at: number): number {
    const byte = this.#bytes[at];
    if (byte === undefined) throw truncated();
    return byte;
  }
}

interface Extension {
  readonly id: number;
  readonly data: Buffer;
}

const FIXED_EXTENSIONS: Readonly<Record<number, number>> = { 212: 1, 213: 2, 214: 4, 215: 8, 216: 16 };
const EXTENSION_LENGTHS: Readonly<Record<number, 1 | 2 | 4>> = { 199: 1, 200: 2, 201: 4 };

/** Returns the time of an `EventTime` of Fluentd or of a MessagePack timestamp, in nanoseconds. */
function timeOfExtension({ id, data }: Extension): bigint | undefined {
  if (id === EVENT_TIME && data.length === 8)
    return BigInt(data.readUInt32BE(0)) * 1_000_000_000n + BigInt(data.readUInt32BE(4));
  if (id !== TIMESTAMP) return undefined;
  switch (data.length) {
    case 4:
      return BigInt(data.readUInt32BE(0)) * 1_000_000_000n;
    case 8: {
      const both = data.readBigUInt64BE(0);
      return (both & 0x3_ffff_ffffn) * 1_000_000_000n + (both >> 34n);
    }
    case 12:
      return data.readBigInt64BE(4) * 1_000_000_000n + BigInt(data.readUInt32BE(0));
    default:
      return undefined;
  }
}

/** Returns a time in RFC 3339, and any other extension in base64. */
function textOfExtension(extension: Extension): string {
  const nanos = timeOfExtension(extension);
  return nanos === undefined ? encodeBase64(extension.data) : formatTimeRfc3339(new Time(nanos));
}

function checkDepth(depth: number): void {
  if (depth >= MAX_DEPTH) throw new MessagePackError(`expected at most ${MAX_DEPTH} levels of nesting, got more`);
}

function truncated(): MessagePackError {
  return new MessagePackError('expected more bytes, got the end of the message');
}

function unexpected(what: string, expected: string, type: number): MessagePackError {
  return new MessagePackError(`${what}: expected ${expected}, got ${kindOf(type)}`);
}

function kindOf(type: number): MessagePackKind {
  if (type <= 0x7f || type >= 0xe0) return 'int';
  if (type <= 0x8f) return 'map';
  if (type <= 0x9f) return 'array';
  if (type <= 0xbf) return 'text';
  return KINDS[type - 0xc0] ?? 'nil';
}

/** The kinds of the types from 0xc0 to 0xdf. */
const KINDS: readonly MessagePackKind[] = [
  ...(['nil', 'nil', 'bool', 'bool', 'binary', 'binary', 'binary'] as const),
  ...(['extension', 'extension', 'extension', 'float', 'float'] as const),
  ...(['int', 'int', 'int', 'int', 'int', 'int', 'int', 'int'] as const),
  ...(['extension', 'extension', 'extension', 'extension', 'extension'] as const),
  ...(['text', 'text', 'text', 'array', 'array', 'map', 'map'] as const),
];
