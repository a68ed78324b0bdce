/** A JSON number with its spelling, which preserves 64-bit integers and the difference between 1 and 1.0. */
export class SpelledNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  get isDouble(): boolean {
    return /[.eE]/.test(this.text);
  }
}

/** The result of `parseExact`. */
export type ExactValue =
  | string
  | boolean
  | null
  | SpelledNumber
  | readonly ExactValue[]
  | { readonly [key: string]: ExactValue };

/** Parses JSON and preserves the spelling of numbers. */
export function parseExact(text: string): ExactValue {
  const keepSpelling = (_key: string, value: unknown, context: { readonly source: string }) =>
    typeof value === 'number' ? new SpelledNumber(context.source) : value;
  return JSON.parse(text, keepSpelling as (key: string, value: unknown) => unknown);
}

/** Returns the members of a parsed object, in order. Keys such as `__proto__` are ordinary. */
export function members(value: ExactValue | undefined): readonly (readonly [string, ExactValue])[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof SpelledNumber) return [];
  return Object.entries(value);
}
