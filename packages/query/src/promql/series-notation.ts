import { add, subtract } from './histogram/arithmetic.ts';
import type { Buckets } from './histogram/buckets.ts';
import { EMPTY_HISTOGRAM, type FloatHistogram, type ResetHint } from './histogram/float-histogram.ts';
import { Labels, METRIC_NAME } from './labels/labels.ts';
import { parseDurationMillis, parseNumber, unquote } from './parse/literals.ts';

/** A value in a series: a sample, a stale marker, or none. */
export type SequenceValue =
  | { readonly kind: 'none' }
  | { readonly kind: 'stale' }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'histogram'; readonly value: FloatHistogram; readonly hasHint: boolean };

/** Parses a series such as `metric{label="value"} 1+2x3 _ {{count:2}}`. */
export function parseSeries(line: string): { readonly labels: Labels; readonly values: readonly SequenceValue[] } {
  const match = /^([a-zA-Z_:][\w:]*)?\s*(\{(?!\{)(?:[^"'}]|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')*\})?(.*)$/s.exec(
    line.trim(),
  );
  const [, name = '', braces = '', rest = ''] = match ?? [];
  const entries: [string, string][] = name === '' ? [] : [[METRIC_NAME, name]];
  const part =
    /("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[a-zA-Z_][\w.]*)\s*(?:=\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`))?/g;
  for (const [, key = '', value] of braces.slice(1, -1).matchAll(part)) {
    const label = /^["']/.test(key) ? (unquote(key) ?? key) : key;
    if (value === undefined) entries.push([METRIC_NAME, label]);
    else entries.push([label, unquote(value) ?? value]);
  }
  return { labels: Labels.from(entries), values: parseValues(rest.trim()) };
}

const ITEM = /\{\{(.*?)\}\}(?:([+-])\{\{(.*?)\}\})?(?:x(\d+))?|(\S+)/g;

/** Parses the values of a series. */
export function parseValues(text: string): SequenceValue[] {
  const values: SequenceValue[] = [];
  for (const [, first, operator, second, times, plain] of text.matchAll(ITEM)) {
    if (plain === undefined) values.push(...histograms(first ?? '', operator, second ?? '', Number(times ?? 0)));
    else values.push(...numbers(plain));
  }
  return values;
}

function histograms(first: string, operator: string | undefined, second: string, times: number): SequenceValue[] {
  let histogram = parseHistogram(first);
  const hasHint = /counter_reset_hint/.test(operator === undefined ? first : second);
  const values: SequenceValue[] = [{ kind: 'histogram', value: histogram, hasHint }];
  for (let index = 0; index < times; index++) {
    if (operator !== undefined) {
      const step = parseHistogram(second);
      histogram = (operator === '+' ? add(histogram, step) : subtract(histogram, step)).histogram;
    }
    values.push({ kind: 'histogram', value: histogram, hasHint });
  }
  return values;
}

function parseHistogram(text: string): FloatHistogram {
  const fields = new Map<string, string>();
  for (const [, key = '', value = ''] of text.matchAll(/(\w+):(\[[^\]]*\]|\S+)/g)) fields.set(key, value);
  const number = (key: string): number => numberOf(fields.get(key) ?? '0');
  const list = (key: string): number[] =>
    (fields.get(key) ?? '[]').slice(1, -1).split(/\s+/).filter(Boolean).map(numberOf);
  const buckets = (key: string, offset: string): Buckets => {
    const counts = list(key);
    return { counts, indexes: counts.map((_, index) => index + number(offset)) };
  };
  return {
    ...EMPTY_HISTOGRAM,
    hint: (fields.get('counter_reset_hint') ?? 'unknown') as ResetHint,
    schema: number('schema'),
    count: number('count'),
    sum: number('sum'),
    zeroCount: number('z_bucket'),
    zeroThreshold: number('z_bucket_w'),
    customValues: list('custom_values'),
    positive: buckets('buckets', 'offset'),
    negative: buckets('n_buckets', 'n_offset'),
  };
}

function numberOf(text: string): number {
  const value = parseNumber(text) ?? (parseDurationMillis(text) ?? Number.NaN) / 1000;
  if (Number.isNaN(value) && !/^[+-]?nan$/i.test(text)) throw new Error(`expected a number, got "${text}"`);
  return value;
}

const NUMBER = String.raw`[+-]?(?:[\d_]*\.?[\d_]+(?:[eE][+-]?\d+)?(?:ms|[smhdwy])?|[\d_]+\.|inf|nan)`;
const SEQUENCE = new RegExp(`^(${NUMBER})(?:([+-]${NUMBER.replace('[+-]?', '')}))?(?:x(\\d+))?$`, 'i');

function numbers(text: string): SequenceValue[] {
  const omitted = /^_(?:x(\d+))?$/.exec(text);
  if (omitted !== null) return Array.from({ length: Number(omitted[1] ?? 1) }, () => ({ kind: 'none' }));
  const stale = /^stale(?:x(\d+))?$/.exec(text);
  if (stale !== null) return Array.from({ length: Number(stale[1] ?? 0) + 1 }, () => ({ kind: 'stale' }));
  const match = SEQUENCE.exec(text);
  if (match === null) throw new Error(`expected a value, got "${text}"`);
  const [, first = '', step, times = '0'] = match;
  let value = numberOf(first);
  const increment = step === undefined ? 0 : numberOf(step);
  return Array.from({ length: Number(times) + 1 }, (_, index) => {
    if (index > 0) value += increment;
    return { kind: 'float', value };
  });
}
