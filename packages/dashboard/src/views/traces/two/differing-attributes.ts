import type { JsonValue, Span } from '@otelier/query';

/** The attributes and resource attributes in which two spans differ, and the number of equal ones. */
export interface DifferingAttributes {
  readonly different: readonly {
    readonly key: string;
    readonly a: JsonValue | undefined;
    readonly b: JsonValue | undefined;
  }[];
  readonly equal: number;
}

/** Compares the attributes of two spans. A missing span has none. */
export function differingAttributes(a: Span | undefined, b: Span | undefined): DifferingAttributes {
  const [one, other] = [attributesOf(a), attributesOf(b)];
  const keys = [...new Set([...one.keys(), ...other.keys()])].sort();
  const different = keys
    .map((key) => ({ key, a: one.get(key), b: other.get(key) }))
    .filter((pair) => JSON.stringify(pair.a) !== JSON.stringify(pair.b));
  return { different, equal: keys.length - different.length };
}

function attributesOf(span: Span | undefined): ReadonlyMap<string, JsonValue> {
  return new Map([...Object.entries(span?.resourceAttributes ?? {}), ...Object.entries(span?.attributes ?? {})]);
}
