import type { TextMapGetter } from '@opentelemetry/api';

/** Returns the value of a header, joining repeated ones, or `''` if it is missing. */
export function joinedHeader(carrier: unknown, getter: TextMapGetter, name: string): string {
  const value = getter.get(carrier, name);
  return (Array.isArray(value) ? value.join(',') : value) ?? '';
}
