/** A value of OTLP/JSON. */
export type AnyJson = string | number | boolean | readonly AnyJson[] | { readonly [key: string]: AnyJson };

/** An export request in OTLP/JSON. */
export type RequestJson = { readonly [key: string]: AnyJson };

/** Attributes in the list form of OTLP: whole numbers as integers, others as doubles. */
export function attributes(values: Readonly<Record<string, string | number | boolean>>): AnyJson[] {
  return Object.entries(values).map(([key, value]) => ({ key, value: anyValue(value) }));
}

/** Nanoseconds since the epoch as text, from milliseconds with fractions. */
export function nanos(millis: number): string {
  const whole = Math.floor(millis);
  return `${whole}${Math.floor((millis - whole) * 1e6)
    .toString()
    .padStart(6, '0')}`;
}

function anyValue(value: string | number | boolean): AnyJson {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}
