/**
 * Parses JSON without rounding: an integer beyond 2^53 is converted by `bigInteger` from its text. Throws like
 * `JSON.parse`.
 */
export function parseJson(text: string, bigInteger: (source: string) => unknown): unknown {
  // Most texts contain no such number, and a reviver makes parsing several times slower.
  if (!LONG_DIGITS.test(text)) return JSON.parse(text);
  const revive = (_key: string, value: unknown, context: { readonly source?: string }): unknown => {
    const { source } = context;
    const rounded = typeof value === 'number' && !Number.isSafeInteger(value);
    return rounded && source !== undefined && INTEGER.test(source) ? bigInteger(source) : value;
  };
  // TypeScript's library lacks the third argument of revivers (ES2026).
  return JSON.parse(text, revive as (key: string, value: unknown) => unknown);
}

const LONG_DIGITS = /\d{16}/;
const INTEGER = /^-?\d+$/;
