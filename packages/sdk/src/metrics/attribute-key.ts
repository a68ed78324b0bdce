import type { AttributeValue } from '../attributes/attribute-value.ts';
import type { AttributeData } from '../wire/attributes.ts';

/** Returns a unique key for a set of attributes, independent of their order. */
export function attributeKey({ keys, values }: AttributeData): string {
  if (keys.length < 2) return keys.length === 0 ? '' : entry(keys[0], values[0]);
  return keys
    .map((key, i) => entry(key, values[i]))
    .sort()
    .join('');
}

function entry(key: string, value: AttributeValue): string {
  return `${key.length}:${key}${valueKey(value)}`;
}

/** Returns a key for a value. It includes the value's length, which makes it unambiguous. */
function valueKey(value: AttributeValue): string {
  if (typeof value === 'string') return `s${value.length}:${value}`;
  if (typeof value !== 'object') return `${typeof value}:${value};`;
  if (value === null) return 'null;';
  if (value instanceof Uint8Array) return `bytes${value.length}:${value.join()};`;
  if (Array.isArray(value)) return `list${value.length}:${value.map(valueKey).join('')}`;
  const entries = Object.entries(value);
  return `map${entries.length}:${entries.map(([key, inner]) => entry(key, inner)).join('')}`;
}
