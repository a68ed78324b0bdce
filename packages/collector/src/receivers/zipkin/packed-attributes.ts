import { MalformedSpansError, quoted } from '../../spans/malformed-spans.ts';
import type { SpanAttributes } from '../../spans/span-data.ts';

/** Attributes that the Collector's exporter packs into a text, with the number of dropped ones. */
export interface PackedAttributes {
  readonly attributes: SpanAttributes;
  readonly droppedAttributesCount: number;
}

/** Reads `JSON|N` from the parts of a text that was split at `|`, where the JSON may contain `|` too. */
export function unpackAttributes(parts: readonly string[], where: string): PackedAttributes {
  const count = parts.at(-1) ?? '';
  if (!/^\d+$/.test(count) || Number(count) > MAX_COUNT) {
    throw new MalformedSpansError(`${where}: expected a number of dropped attributes, got ${quoted(count)}`);
  }
  return { attributes: attributesOf(parts.slice(0, -1).join('|'), where), droppedAttributesCount: Number(count) };
}

const MAX_COUNT = 0xffff_ffff;

function attributesOf(json: string, where: string): SpanAttributes {
  const attributes: SpanAttributes = new Map();
  let values: unknown;
  try {
    values = JSON.parse(json);
  } catch {
    values = undefined;
  }
  if (values === null) return attributes;
  if (typeof values !== 'object' || Array.isArray(values)) {
    throw new MalformedSpansError(`${where}: expected a JSON object of attributes, got ${quoted(json)}`);
  }
  for (const [key, value] of Object.entries(values)) {
    if (typeof value === 'string' || typeof value === 'boolean') attributes.set(key, value);
    else if (typeof value === 'number') attributes.set(key, integerOr(value));
  }
  return attributes;
}

/** JSON does not distinguish integers from other numbers. */
function integerOr(value: number): bigint | number {
  return Number.isInteger(value) ? BigInt.asIntN(64, BigInt(value)) : value;
}
