import { Tally, type ValueCount } from '../errors/tally.ts';
import { parseNanos } from '../request/duration.ts';

/** What a variable part of a pattern contains, and how often, in the records that were read. */
export interface PatternVariable {
  /** `escape` is an escape sequence of a terminal. */
  readonly kind: VariableKind;
  readonly values: readonly ValueCount[];
  /** Number of different values. */
  readonly distinct: number;
  /** The smallest and the largest value, if they are numbers or durations. */
  readonly range: readonly [string, string] | undefined;
}

export const VARIABLE_KINDS = [
  ...(['int', 'num', 'percent', 'duration', 'size', 'time', 'uuid', 'hex', 'ip', 'url', 'email'] as const),
  ...(['path', 'string', 'escape', 'id', 'word'] as const),
] as const;
export type VariableKind = (typeof VARIABLE_KINDS)[number];

const MAX_VALUES = 5;

const HEX = /^(?:0x)?[\da-f]{4,}$/i;
/** Matches a value of each kind. The first one counts. */
const KINDS: readonly (readonly [VariableKind, RegExp])[] = [
  ['int', /^[+-]?\d{1,19}$/],
  ['num', /^[+-]?\d+\.\d+(?:e[+-]?\d+)?$/i],
  ['percent', /^[\d.]+ ?%$/],
  ['duration', /^[\d.]+ ?(?:ns|µs|us|ms|s|min|m|h|d)$/],
  ['size', /^[\d.]+ ?(?:B|kB|KB|MB|GB|KiB|MiB|GiB)$/],
  ['time', /^\d{4}-\d\d-\d\d(?:[T ]|$)|^\d\d:\d\d(?::\d\d|$)/],
  ['uuid', /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i],
  ['hex', HEX],
  ['ip', /^\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?$/],
  ['url', /^https?:\/\//],
  ['email', /^[^@\s]+@[^@\s]+\.[^@\s]+$/],
  ['string', /^["'`]/],
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with a control character
  ['escape', /^\u001b/],
  ['path', /\//],
];

/** Returns the kind of a variable and its most frequent values. */
export function variableOf(values: readonly string[]): PatternVariable {
  const tally = new Tally();
  for (const value of values) tally.add(value);
  const kind = kindOf(tally.top(tally.size).map(({ value }) => value));
  return { kind, values: tally.top(MAX_VALUES), distinct: tally.size, range: rangeOf(kind, values) };
}

function kindOf(values: readonly string[]): VariableKind {
  const kinds = new Set(
    values.map((value) => KINDS.find(([, pattern]) => pattern.test(value))?.[0] ?? (/\d/.test(value) ? 'id' : 'word')),
  );
  const [only = 'word'] = kinds;
  if (kinds.size <= 1) return only;
  const areAll = (...some: readonly VariableKind[]): boolean => [...kinds].every((kind) => some.includes(kind));
  if (areAll('int', 'num')) return 'num';
  // Some hexadecimal IDs look like numbers or durations.
  if (values.every((value) => HEX.test(value))) return 'hex';
  return values.some((value) => /\d/.test(value)) ? 'id' : 'word';
}

function rangeOf(kind: VariableKind, values: readonly string[]): PatternVariable['range'] {
  if (kind !== 'int' && kind !== 'num' && kind !== 'duration') return undefined;
  const sized = values.map((text) => ({
    text,
    size: kind === 'duration' ? (parseNanos(text.replaceAll(' ', '')) ?? Number.NaN) : Number(text),
  }));
  if (sized.some(({ size }) => Number.isNaN(size))) return undefined;
  const [first, ...rest] = sized.toSorted((a, b) => a.size - b.size);
  return first && [first.text, rest.at(-1)?.text ?? first.text];
}
