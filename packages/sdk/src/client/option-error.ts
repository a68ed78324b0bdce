/** Thrown at creation for an option that cannot be used; the message names it, what was expected, and what came. */
export class OptionError extends TypeError {
  override readonly name = 'OptionError';
}

/** The error for an option: `batch.maxItems: expected 1 to 65536, got 0`. */
export function optionError(option: string, expected: string, got: unknown): OptionError {
  return new OptionError(
    `${option}: expected ${expected}, got ${typeof got === 'string' ? JSON.stringify(got) : String(got)}`,
  );
}

/** The option's value if it is a number within the bounds, its default if there is none; throws an `OptionError`. */
export function numberOption(
  option: string,
  value: unknown,
  fallback: number,
  min: number,
  max: number,
  isWhole = false,
): number {
  if (value === undefined) return fallback;
  const isWithin = typeof value === 'number' && value >= min && value <= max;
  if (isWithin && !(isWhole && value % 1)) return value;
  throw optionError(option, `${isWithin ? 'a whole number from ' : ''}${min} to ${max}`, value);
}

/** The same for a whole number. */
export function integerOption(option: string, value: unknown, fallback: number, min: number, max: number): number {
  return numberOption(option, value, fallback, min, max, true);
}

/** A default, the least and the most. */
type Bounds = readonly [fallback: number, min: number, max: number];

/** The same for all of a group, whose name comes before theirs. */
export function integerOptions<K extends string>(
  group: string,
  given: { readonly [P in NoInfer<K>]?: unknown } | undefined,
  bounds: Readonly<Record<K, Bounds>>,
): Readonly<Record<K, number>> {
  const numbers = {} as Record<K, number>;
  for (const name in bounds) numbers[name] = integerOption(group + name, given?.[name], ...(bounds[name] as Bounds));
  return numbers;
}

/** The option's value if it is one of the choices, the first of them if there is none; throws an `OptionError`. */
export function choiceOption<T extends string>(option: string, value: unknown, choices: readonly [T, ...T[]]): T {
  if (value === undefined) return choices[0];
  if (choices.includes(value as T)) return value as T;
  throw optionError(option, `${choices.slice(0, -1).join(', ')} or ${choices.at(-1)}`, value);
}

/** The longest time that options may name. */
export const MAX_MILLIS = 86_400_000;
