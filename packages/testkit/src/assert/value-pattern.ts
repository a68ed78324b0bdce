import { isDeepStrictEqual } from 'node:util';
import { formatValue } from './format-value.ts';
import type { Attributes, AttributeValue } from './telemetry.ts';

/** What a text must be: equal, match an expression, or fulfill a condition. */
export type TextPattern = string | RegExp | ((text: string) => boolean);

/**
 * What a value must be: equal, match an expression, or fulfill a condition. Lists and objects are compared with all
 * they contain.
 */
export type ValuePattern = AttributeValue | RegExp | ((value: AttributeValue) => boolean);

/** What attributes must be. `undefined` means that there is no such attribute; others may be there. */
export type AttributePatterns = Readonly<Record<string, ValuePattern>>;

/** How often something must occur: exactly, or within limits that are included. */
export type Count = number | { readonly min?: number; readonly max?: number };

/** Limits of a count. */
export interface Limits {
  readonly min: number;
  readonly max: number;
}

export function limitsOf(count: Count | undefined, byDefault: Limits): Limits {
  if (count === undefined) return byDefault;
  if (typeof count === 'number') return { min: count, max: count };
  return { min: count.min ?? 0, max: count.max ?? Number.POSITIVE_INFINITY };
}

/** Describes a count, such as `2`, `at most 3` or `1 to 3`. */
export function formatLimits({ min, max }: Limits): string {
  if (min === max) return String(min);
  if (min === 0) return `at most ${max}`;
  return max === Number.POSITIVE_INFINITY ? `at least ${min}` : `${min} to ${max}`;
}

/** Returns how a value differs from a pattern, or `undefined`. */
export function valueMismatch(what: string, pattern: ValuePattern, value: AttributeValue): string | undefined {
  if (typeof pattern === 'function') {
    return pattern(value) ? undefined : `${what}: ${formatValue(value)} does not fulfill the condition`;
  }
  const matches =
    pattern instanceof RegExp ? value !== undefined && matchesText(pattern, String(value)) : isEqual(pattern, value);
  return matches ? undefined : `${what}: expected ${formatPattern(pattern)}, got ${formatValue(value)}`;
}

/** Returns how attributes differ from patterns, or `undefined`. */
export function attributesMismatch(patterns: AttributePatterns = {}, attributes: Attributes): string | undefined {
  return firstOf(Object.entries(patterns), ([key, pattern]) => valueMismatch(key, pattern, attributes[key]));
}

/** Calls a function with each element until it returns a result. */
export function firstOf<T, R>(elements: readonly T[], find: (element: T) => R | undefined): R | undefined {
  for (const element of elements) {
    const result = find(element);
    if (result !== undefined) return result;
  }
  return undefined;
}

/** Describes a pattern. */
export function formatPattern(pattern: ValuePattern): string {
  if (pattern instanceof RegExp) return String(pattern);
  return typeof pattern === 'function' ? '(a condition)' : formatValue(pattern);
}

/** `RegExp.test` remembers where it stopped if the expression is global or sticky. */
function matchesText(pattern: RegExp, text: string): boolean {
  return text.search(pattern) >= 0;
}

/** Numbers are equal to integers of any size. */
function isEqual(pattern: AttributeValue, value: AttributeValue): boolean {
  if (typeof pattern === 'bigint' && typeof value === 'number') return pattern === BigInt(value);
  return isDeepStrictEqual(pattern, value);
}
