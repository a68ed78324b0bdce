/** A value that OTLP can carry: what is left of a caller's value after `snapshot`. */
export type AttributeValue =
  | string
  | number
  | boolean
  | null
  | Uint8Array
  | readonly AttributeValue[]
  | { readonly [key: string]: AttributeValue };

/**
 * The value as it is now, strings and byte arrays cut to `maxLength`, or `undefined` if OTLP cannot carry it (functions,
 * symbols, `BigInt`, instances of classes, cycles, what throws when it is looked at). What is `undefined` inside is left out of objects and `null` in
 * arrays (OpenTelemetry specification, "AnyValue").
 */
export function snapshot(value: unknown, maxLength: number): AttributeValue | undefined {
  if (value === undefined) return undefined;
  try {
    return copyOf(value, maxLength, MAX_DEPTH);
  } catch {
    // It is none, or a getter or a proxy of the caller.
    return undefined;
  }
}

/** Deeper values are cycles, or nothing that a backend shows; receivers refuse more than a hundred levels. */
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
  if (copy === undefined) throw new TypeError('no value of OTLP');
  return copy;
}

function copyOfObject(value: object | null, maxLength: number, depth: number): AttributeValue | undefined {
  if (value === null) return null;
  // Not `slice`, which in a `Buffer` of Node shares memory.
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
