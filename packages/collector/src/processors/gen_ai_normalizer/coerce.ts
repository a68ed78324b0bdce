import {
  ANY_VALUE_FIELDS,
  type AttributeValue,
  anyValueKind,
  encodeAnyValue,
  readAnyValue,
  WireWriter,
} from '@otelier/otlp';
import { readValue } from '../../ottl/values/codec.ts';
import { attributeText } from '../../ottl/values/text.ts';
import type { TargetType } from './mappings.ts';

/** An encoded value: `[start, end)` of `bytes`. */
interface EncodedValue {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/** Converts an encoded value to a type. Returns `undefined` if the conversion would be lossy. */
export function coerce(value: EncodedValue, type: TargetType): Uint8Array | undefined {
  const { bytes, start, end } = value;
  const kind = anyValueKind(bytes, start, end);
  if (type === 'any' || type === kind) return bytes.slice(start, end);
  return CONVERTERS[type](value, kind);
}

type Converter = (value: EncodedValue, kind: ReturnType<typeof anyValueKind>) => Uint8Array | undefined;

const CONVERTERS: Readonly<Record<Exclude<TargetType, 'any'>, Converter>> = {
  string: ({ bytes, start, end }, kind) =>
    kind === 'bool' || kind === 'int' || kind === 'double'
      ? encodeAnyValue(attributeText(readValue(bytes, start, end)))
      : undefined,
  int: ({ bytes, start, end }, kind) =>
    kind === 'double' || kind === 'string' ? encodeInteger(readAnyValue(bytes, start, end)) : undefined,
  double: ({ bytes, start, end }, kind) =>
    kind === 'int' || kind === 'string' ? encodeDouble(readAnyValue(bytes, start, end)) : undefined,
  strings({ bytes, start, end }, kind) {
    const value = readAnyValue(bytes, start, end);
    if (kind === 'string') return encodeAnyValue([value]);
    const isSame = Array.isArray(value) && value.every((each) => typeof each === 'string');
    return isSame ? bytes.slice(start, end) : undefined;
  },
};

function encodeInteger(value: AttributeValue): Uint8Array | undefined {
  if (typeof value === 'number' && Number.isInteger(value) && Math.abs(value) < 2 ** 63)
    return encodeAnyValue(BigInt(value));
  if (typeof value !== 'string' || !/^[+-]?\d+$/.test(value)) return undefined;
  const integer = BigInt(value.replace('+', ''));
  return BigInt.asIntN(64, integer) === integer ? encodeAnyValue(integer) : undefined;
}

function encodeDouble(value: AttributeValue): Uint8Array | undefined {
  const isNumeral = typeof value !== 'string' || /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(value);
  if (!isNumeral) return undefined;
  writer.doubleField(ANY_VALUE_FIELDS.double, Number(value));
  return writer.finish();
}

const writer = new WireWriter(32);
