/** Thrown at creation for an option that cannot be used; the message names it, what was expected, and what came. */
export class OptionError extends TypeError {
  override readonly name = 'OptionError';
}

/** The error for an option: `batch.maxItems: expected 1 to 65536, got 0`. */
export function optionError(option: string, expected: string, got: unknown, cause?: unknown): OptionError {
  const value = typeof got === 'string' ? JSON.stringify(got) : String(got);
  return new OptionError(`${option}: expected ${expected}, got ${value}`, cause === undefined ? {} : { cause });
}

/** The option's value if it is a number within the bounds, its default if there is none; throws an `OptionError`. */
export function numberOption(option: string, value: unknown, fallback: number, min: number, max: number): number {
  if (value === undefined) return fallback;
  if (typeof value === 'number' && value >= min && value <= max) return value;
  throw optionError(option, `${min} to ${max}`, value);
}

/** The same for a whole number. */
export function integerOption(option: string, value: unknown, fallback: number, min: number, max: number): number {
  const number = numberOption(option, value, fallback, min, max);
  if (Number.isInteger(number)) return number;
  throw optionError(option, `a whole number from ${min} to ${max}`, value);
}

/** The option's value if it is one of the choices, the first of them if there is none; throws an `OptionError`. */
export function choiceOption<T extends string>(option: string, value: T | undefined, choices: readonly [T, ...T[]]): T {
  if (value === undefined) return choices[0];
  if (choices.includes(value)) return value;
  throw optionError(option, `${choices.slice(0, -1).join(', ')} or ${choices.at(-1)}`, value);
}

/** The longest time that options may name. */
export const MAX_MILLIS = 86_400_000;
