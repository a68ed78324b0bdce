/**
 * Parses JSON without rounding: `bigInteger` converts the source text of integers beyond 2^53. Throws as `JSON.parse`
 * does.
 */
export function parseJson(text: string, bigInteger: (source: string) => unknown): unknown {
  // Most documents contain no such number, and a reviver makes parsing several times slower.
  if (!LONG_DIGITS.test(text)) return JSON.parse(text);
  const revive = (_key: string, value: unknown, context: { readonly source?: string }): unknown => {
    const { source } = context;
    const rounded = typeof value === 'number' && !Number.isSafeInteger(value);
    return rounded && source !== undefined && INTEGER.test(source) ? bigInteger(source) : value;
  };
  // TypeScript's library does not yet declare the third argument of revivers (ES2026).
  return JSON.parse(text, revive as (key: string, value: unknown) => unknown);
}

const LONG_DIGITS = /\d{16}/;
const INTEGER = /^-?\d+$/;
