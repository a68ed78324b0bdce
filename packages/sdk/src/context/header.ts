import type { TextMapGetter } from '@opentelemetry/api';

/** The header, several of which are one whose list is joined; `''` when there is none. */
export function joinedHeader(carrier: unknown, getter: TextMapGetter, name: string): string {
  const value = getter.get(carrier, name);
  return (Array.isArray(value) ? value.join(',') : value) ?? '';
}
