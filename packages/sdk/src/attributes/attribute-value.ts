/** A value that OTLP can represent, as returned by `snapshot`. */
export type AttributeValue =
  | string
  | number
  | boolean
  | null
  | Uint8Array
  | readonly AttributeValue[]
  | { readonly [key: string]: AttributeValue };

/**
 * Returns a copy of the value with strings and byte arrays truncated to `maxLength`, or `undefined` if OTLP cannot
 * represent it (functions, symbols, `BigInt`, class instances, cycles, getters that throw). `undefined` is omitted from
 * objects and becomes `null` in arrays (OpenTelemetry specification, "AnyValue").
 */
export function snapshot(value: unknown, maxLength: number): AttributeValue | undefined {
  if (value === undefined) return undefined;
  try {
    return copyOf(value, maxLength, MAX_DEPTH);
  } catch {
    // The value is not representable, or a getter or proxy threw.
    return undefined;
  }
}

/** Maximum nesting depth. Deeper values are usually cyclic, and receivers reject more than a hundred levels. */
const MAX_DEPTH = 32;

function copyOf(value: unknown, maxLength: number, depth: number): AttributeValue {
  switch (typeof value) {
    case 'string':
      return value.length <= maxLength ? value : value.slice(0, maxLength);
    case 'number':
    case 'boolean':
      return value;
  }
  const copy = typeof value === 'object' && depth >= 0 ? copyOfObject(value, maxLength, depth) : undefined;
  if (copy === undefined) throw new TypeError('not an OTLP value');
  return copy;
}

function copyOfObject(value: object | null, maxLength: number, depth: number): AttributeValue | undefined {
  if (value === null) return null;
  // Not `slice`, which shares memory if the value is a Node `Buffer`.
  if (value instanceof Uint8Array) return new Uint8Array(value.subarray(0, maxLength));
  const copy = (element: unknown) => copyOf(element, maxLength, depth - 1);
  if (Array.isArray(value)) {
    const elements: AttributeValue[] = [];
    for (const element of value) elements.push(element === undefined ? null : copy(element));
    return elements;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype) return undefined;
  const present = Object.entries(value).filter(([, element]) => element !== undefined);
  return Object.fromEntries(present.map(([key, element]) => [key, copy(element)]));
}
