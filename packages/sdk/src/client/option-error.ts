/** Thrown on creation for an invalid option. The message names the option, the expected value and the actual one. */
export class OptionError extends TypeError {
  override readonly name = 'OptionError';
}

/** Creates an error for an option, such as `batch.maxItems: expected 1 to 65536, got 0`. */
export function optionError(option: string, expected: string, got: unknown): OptionError {
  return new OptionError(
    `${option}: expected ${expected}, got ${typeof got === 'string' ? JSON.stringify(got) : String(got)}`,
  );
}

/**
 * Returns the value if it is a number within the bounds, or the default if it is undefined. Otherwise throws an
 * `OptionError`.
 */
export function numberOption(
  option: string,
  value: unknown,
  fallback: number,
  min: number,
  max: number,
  isInteger = false,
): number {
  if (value === undefined) return fallback;
  const isWithin = typeof value === 'number' && value >= min && value <= max;
  if (isWithin && !(isInteger && value % 1)) return value;
  throw optionError(option, `${isWithin ? 'a whole number from ' : ''}${min} to ${max}`, value);
}

/** Returns the value if it is an integer within the bounds. Otherwise like `numberOption`. */
export function integerOption(option: string, value: unknown, fallback: number, min: number, max: number): number {
  return numberOption(option, value, fallback, min, max, true);
}

/** Default, minimum and maximum. */
type Bounds = readonly [fallback: number, min: number, max: number];

/** Reads all integer options of a group, using the group name as prefix. */
export function integerOptions<K extends string>(
  group: string,
  given: { readonly [P in NoInfer<K>]?: unknown } | undefined,
  bounds: Readonly<Record<K, Bounds>>,
): Readonly<Record<K, number>> {
  const numbers = {} as Record<K, number>;
  for (const name in bounds) numbers[name] = integerOption(group + name, given?.[name], ...(bounds[name] as Bounds));
  return numbers;
}

/**
 * Returns the value if it is one of the choices, or the first choice if it is undefined. Otherwise throws an
 * `OptionError`.
 */
export function choiceOption<T extends string>(option: string, value: unknown, choices: readonly [T, ...T[]]): T {
  if (value === undefined) return choices[0];
  if (choices.includes(value as T)) return value as T;
  throw optionError(option, `${choices.slice(0, -1).join(', ')} or ${choices.at(-1)}`, value);
}

/** Maximum value of duration options, in milliseconds. */
export const MAX_MILLIS = 86_400_000;
