import { parse } from 'yaml';

/**
 * Replaces each text and key inside of a value by `render`. A text whose result is YAML of another type becomes a value
 * of that type.
 */
export function renderValue(value: unknown, render: (text: string) => string): unknown {
  if (typeof value === 'string') return typedValue(render(value));
  if (Array.isArray(value)) return value.map((item) => renderValue(item, render));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [render(key), renderValue(inner, render)]));
}

function typedValue(text: string): unknown {
  try {
    const value: unknown = parse(text, { version: '1.1', maxAliasCount: 100, logLevel: 'silent' });
    return typeof value === 'string' || value instanceof Date ? text : value;
  } catch {
    // Not YAML: it stays a text.
    return text;
  }
}
