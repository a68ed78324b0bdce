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
export function snapshot(value: unknown, maxLength: number, depth = 0): AttributeValue | undefined {
  switch (typeof value) {
    case 'string':
      return value.length <= maxLength ? value : value.slice(0, maxLength);
    case 'number':
    case 'boolean':
      return value;
    case 'object':
      // Deeper values are cycles, or nothing that a backend shows; receivers refuse more than a hundred levels.
      if (depth > MAX_DEPTH) return undefined;
      try {
        return snapshotObject(value, maxLength, depth + 1);
      } catch {
        // A getter or a proxy of the caller.
        return undefined;
      }
    default:
      return undefined;
  }
}

const MAX_DEPTH = 32;

function snapshotObject(value: object | null, maxLength: number, depth: number): AttributeValue | undefined {
  if (value === null) return null;
  if (value instanceof Uint8Array) return value.slice(0, maxLength);
  if (Array.isArray(value)) {
    const elements: AttributeValue[] = [];
    for (const element of value) {
      const copy = element === undefined ? null : snapshot(element, maxLength, depth);
      if (copy === undefined) return undefined;
      elements.push(copy);
    }
    return elements;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype) return undefined;
  const entries: [string, AttributeValue][] = [];
  for (const [key, element] of Object.entries(value)) {
    if (element === undefined) continue;
    const copy = snapshot(element, maxLength, depth);
    if (copy === undefined) return undefined;
    entries.push([key, copy]);
  }
  return Object.fromEntries(entries);
}
