/** A message's fields: name and how the value is encoded. `many` fields are lists. */
interface FieldShape {
  readonly name: string;
  readonly type: 'text' | 'hex' | 'base64' | 'integer' | 'boolean' | 'fixed64' | 'double' | MessageShape;
  readonly many?: true;
}
type MessageShape = () => ReadonlyMap<number, FieldShape>;
type Decoded = Readonly<Record<string, unknown>>;

const shape = (fields: Readonly<Record<number, FieldShape>>): MessageShape => {
  const map = new Map(Object.entries(fields).map(([number, field]) => [Number(number), field]));
  return () => map;
};
const LIST = { many: true } as const;

// A value contains values, so that its shape is looked up when it is needed.
const VALUE: MessageShape = () => VALUE_FIELDS;
const KEY_VALUE = shape({ 1: { name: 'key', type: 'text' }, 2: { name: 'value', type: VALUE } });
const VALUE_FIELDS: ReadonlyMap<number, FieldShape> = new Map<number, FieldShape>([
  [1, { name: 'stringValue', type: 'text' }],
  [2, { name: 'boolValue', type: 'boolean' }],
  [3, { name: 'intValue', type: 'integer' }],
  [4, { name: 'doubleValue', type: 'double' }],
  [5, { name: 'arrayValue', type: shape({ 1: { name: 'values', type: VALUE, ...LIST } }) }],
  [6, { name: 'kvlistValue', type: shape({ 1: { name: 'values', type: KEY_VALUE, ...LIST } }) }],
  [7, { name: 'bytesValue', type: 'base64' }],
]);
const EVENT = shape({
  1: { name: 'timeUnixNano', type: 'fixed64' },
  2: { name: 'name', type: 'text' },
  3: { name: 'attributes', type: KEY_VALUE, ...LIST },
});
const LINK = shape({
  1: { name: 'traceId', type: 'hex' },
  2: { name: 'spanId', type: 'hex' },
  4: { name: 'attributes', type: KEY_VALUE, ...LIST },
});
const SPAN = shape({
  1: { name: 'traceId', type: 'hex' },
  2: { name: 'spanId', type: 'hex' },
  3: { name: 'traceState', type: 'text' },
  4: { name: 'parentSpanId', type: 'hex' },
  5: { name: 'name', type: 'text' },
  6: { name: 'kind', type: 'integer' },
  7: { name: 'startTimeUnixNano', type: 'fixed64' },
  8: { name: 'endTimeUnixNano', type: 'fixed64' },
  9: { name: 'attributes', type: KEY_VALUE, ...LIST },
  11: { name: 'events', type: EVENT, ...LIST },
  13: { name: 'links', type: LINK, ...LIST },
  15: { name: 'status', type: shape({ 2: { name: 'message', type: 'text' }, 3: { name: 'code', type: 'integer' } }) },
});
const REQUEST = shape({
  1: {
    name: 'resourceSpans',
    type: shape({
      1: { name: 'resource', type: shape({ 1: { name: 'attributes', type: KEY_VALUE, ...LIST } }) },
      2: {
        name: 'scopeSpans',
        type: shape({
          1: { name: 'scope', type: shape({ 1: { name: 'name', type: 'text' } }) },
          2: { name: 'spans', type: SPAN, ...LIST },
        }),
        ...LIST,
      },
    }),
    ...LIST,
  },
});

/** Values may contain values; deeper ones are left out. */
const MAX_DEPTH = 40;

/** Decodes a trace export request in protobuf to its OTLP/JSON form. Throws an error if it is malformed. */
export function decodeTraces(bytes: Uint8Array): Decoded {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return new Decoder(bytes, view).message(0, bytes.length, REQUEST, 0);
}

const texts = new TextDecoder();

class Decoder {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array, view: DataView) {
    this.#bytes = bytes;
    this.#view = view;
  }

  message(from: number, to: number, shapeOf: MessageShape, depth: number): Decoded {
    const fields = shapeOf();
    const decoded: Record<string, unknown> = {};
    this.#at = from;
    while (this.#at < to) {
      const tag = Number(this.#varint());
      const field = fields.get(tag >>> 3);
      const value = this.#value(tag & 7, to, field, depth);
      if (field === undefined || value === undefined) continue;
      if (field.many !== true) decoded[field.name] = value;
      else decoded[field.name] = [...((decoded[field.name] as unknown[] | undefined) ?? []), value];
    }
    if (this.#at !== to) throw new Error(`expected the end of a message at byte ${to}, got ${this.#at}`);
    return decoded;
  }

  #value(wireType: number, limit: number, field: FieldShape | undefined, depth: number): unknown {
    switch (wireType) {
      case 0: {
        const value = this.#varint();
        return field?.type === 'boolean' ? value !== 0n : BigInt.asIntN(64, value).toString();
      }
      case 1: {
        const at = this.#take(8, limit);
        return field?.type === 'double'
          ? this.#view.getFloat64(at, true)
          : this.#view.getBigUint64(at, true).toString();
      }
      case 2: {
        const length = Number(this.#varint());
        const at = this.#take(length, limit);
        const value = this.#delimited(at, at + length, field, depth);
        this.#at = at + length;
        return value;
      }
      case 5:
        this.#take(4, limit);
        return undefined;
      default:
        throw new Error(`expected a protobuf field at byte ${this.#at}, got wire type ${wireType}`);
    }
  }

  #delimited(from: number, to: number, field: FieldShape | undefined, depth: number): unknown {
    if (field === undefined) return undefined;
    const bytes = this.#bytes.subarray(from, to);
    switch (field.type) {
      case 'text':
        return texts.decode(bytes);
      case 'hex':
        return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
      case 'base64':
        return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
      default:
        if (typeof field.type !== 'function' || depth >= MAX_DEPTH) return undefined;
        return this.message(from, to, field.type, depth + 1);
    }
  }

  #varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#bytes[this.#at];
      if (byte === undefined) throw new Error('expected more bytes, got the end of the file');
      this.#at += 1;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new Error(`expected a number of at most ten bytes, got more before byte ${this.#at}`);
  }

  #take(count: number, limit: number): number {
    const at = this.#at;
    if (!(count >= 0 && at + count <= limit)) throw new Error(`expected ${count} bytes after byte ${at}, got fewer`);
    this.#at = at + count;
    return at;
  }
}
