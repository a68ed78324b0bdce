/** A JSON number as it was spelled, so that 64-bit integers and the difference of 1 and 1.0 survive. */
export class SpelledNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  get isDouble(): boolean {
    return /[.eE]/.test(this.text);
  }
}

/** What `parseExact` gives. */
export type ExactValue =
  | string
  | boolean
  | null
  | SpelledNumber
  | readonly ExactValue[]
  | { readonly [key: string]: ExactValue };

/** Parses JSON, numbers as they are spelled. */
export function parseExact(text: string): ExactValue {
  const keepSpelling = (_key: string, value: unknown, context: { readonly source: string }) =>
    typeof value === 'number' ? new SpelledNumber(context.source) : value;
  return JSON.parse(text, keepSpelling as (key: string, value: unknown) => unknown);
}

/** The members of a parsed object, in order; a key such as `__proto__` is one like any other. */
export function members(value: ExactValue | undefined): readonly (readonly [string, ExactValue])[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof SpelledNumber) return [];
  return Object.entries(value);
}
