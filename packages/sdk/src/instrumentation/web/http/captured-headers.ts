import type { AttributeValue } from '@opentelemetry/api';

/** Copies headers to attributes. */
export type HeaderCapture = (headers: CapturedHeaders, attributes: Record<string, AttributeValue | undefined>) => void;

/** Headers by their names in lower case. */
export type CapturedHeaders = Readonly<Record<string, string | number | readonly string[] | undefined>>;

/**
 * Returns a function that copies the allowed headers to attributes: `http.request.header.<name>`, each a list. Returns
 * `undefined` if there are none.
 */
export function headerCapture(
  direction: 'request' | 'response',
  names: readonly string[] = [],
): HeaderCapture | undefined {
  if (names.length === 0) return undefined;
  const keys = names.map((name) => [name.toLowerCase(), `http.${direction}.header.${name.toLowerCase()}`] as const);
  return (headers, attributes) => {
    for (const [name, key] of keys) {
      const value = headers[name];
      if (value !== undefined) attributes[key] = typeof value === 'object' ? [...value] : [String(value)];
    }
  };
}
