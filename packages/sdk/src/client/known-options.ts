import { Expected, expected } from './expected.ts';
import { OptionError, optionError } from './option-error.ts';

/**
 * Returns the options if all of them, including nested groups, are known and valid. Throws an `OptionError` that names
 * the first invalid option.
 */
export function known<T extends object>(options: T, names: Names): T {
  checkOptions(options, names, '');
  return options;
}

/** Option names. A group has nested names. Options marked `true` are checked where they are used. */
export interface Names {
  readonly [name: string]: true | Names | Expected;
}

/** All option names of a type, so that the compiler reports missing ones. */
export type NamesOf<T> = { readonly [K in keyof Required<T>]: true | Names | Expected };

const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);
/** Reports whether a value is an object that has these methods. */
export const has = (value: unknown, ...methods: readonly string[]) =>
  isObject(value) && methods.every((name) => typeof (value as Record<string, unknown>)[name] === 'function');
/** Reports whether a value is a non-iterable object. */
export const isPlain = (value: unknown) => isObject(value) && !(Symbol.iterator in (value as object));

/** Checks shared by several tables. */
export const OBJECT = expected('an object', isObject);
export const FUNCTION = expected('a function', (value) => typeof value === 'function');
export const RESOURCE = expected('attributes, or a promise of them', isPlain);

function checkOptions(options: object, names: Names, group: string): void {
  if (!isObject(options)) throw wrongType('options', 'an object', options);
  for (const [name, value] of Object.entries(options)) {
    const check = Object.hasOwn(names, name) ? names[name] : undefined;
    if (check === undefined) throw new OptionError(`${group}${name}: unknown option; ${hint(name, names, group)}`);
    if (check === true || value === undefined) continue;
    const { expected, fits } = check instanceof Expected ? check : OBJECT;
    if (!fits(value)) throw wrongType(group + name, expected, value);
    if (!(check instanceof Expected)) checkOptions(value, check, `${group}${name}.`);
  }
}

/**
 * Returns the error for a value of the wrong type. Objects are shown as `[object …]`, because not all of them can be
 * converted to strings.
 */
function wrongType(option: string, expected: string, got: unknown): OptionError {
  const isObject = typeof got === 'object' && got !== null;
  return optionError(option, expected, isObject ? Object.prototype.toString.call(got) : got);
}

function hint(name: string, names: Names, group: string): string {
  const all = Object.keys(names);
  const closest = all
    .map((other) => ({ other, distance: distanceOf(name.toLowerCase(), other.toLowerCase()) }))
    .reduce((best, each) => (each.distance < best.distance ? each : best));
  const suggestion = closest.distance <= MAX_DISTANCE ? closest.other : all.find((other) => other.startsWith(name));
  return suggestion === undefined ? `known are ${all.toSorted().join(', ')}` : `did you mean ${group}${suggestion}?`;
}

/** Returns the Levenshtein distance between two strings. */
function distanceOf(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (const [i, character] of [...a].entries()) {
    const next = [i + 1];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (character === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

const MAX_DISTANCE = 2;
