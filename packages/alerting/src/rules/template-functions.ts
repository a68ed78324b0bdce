import { isIP } from 'node:net';
import { formatGoDuration } from '@otelier/query/go-duration';
import {
  type Functions,
  formatTime,
  Int,
  isMap,
  queryEscape,
  TemplateError,
  type TemplateFunction,
  textArgument,
  type Value,
} from '@otelier/query/go-template';
import { parseDurationMillis, parseNumber } from '@otelier/query/promql';
import { TEXT_FUNCTIONS, textFunction } from '../text-functions.ts';
import { humanize, humanize1024, humanizeDuration, humanizePercentage } from './humanize.ts';

const number =
  (f: (value: number) => string): TemplateFunction =>
  (value) =>
    f(numberOf(value));

/** The functions of Prometheus' templates that do not depend on the alert (its documentation, "Template reference"). */
export const ALERT_FUNCTIONS: Functions = new Map<string, readonly [number, TemplateFunction]>([
  ...TEXT_FUNCTIONS,
  ['first', [1, (vector) => firstOf(vector)]],
  ['label', [2, (name, sample) => labelOf(sample, textArgument(name))]],
  ['value', [1, (sample) => sampleOf(sample).get('Value')]],
  ['strvalue', [1, (sample) => labelOf(sample, '__value__')]],
  ['sortByLabel', [2, (name, vector) => sortByLabel(textArgument(name), vector)]],
  ['args', [-1, (...values) => new Map(values.map((value, i) => [`arg${i}`, value]))]],
  ['safeHtml', [1, (value) => textArgument(value)]],
  [
    'title',
    [
      1,
      textFunction((value) =>
        value.replace(/(^|[^\p{L}\p{N}'_])(\p{L})/gu, (_, before, letter) => before + letter.toUpperCase()),
      ),
    ],
  ],
  ['graphLink', [1, textFunction((expression) => linkOf(expression, 'graph'))]],
  ['tableLink', [1, textFunction((expression) => linkOf(expression, 'table'))]],
  ['stripPort', [1, textFunction((address) => splitAddress(address)?.host ?? address)]],
  ['stripDomain', [1, textFunction(stripDomain)]],
  ['urlQueryEscape', [1, textFunction(queryEscape)]],
  ['humanize', [1, number(humanize)]],
  ['humanize1024', [1, number(humanize1024)]],
  ['humanizeDuration', [1, number(humanizeDuration)]],
  ['humanizePercentage', [1, number(humanizePercentage)]],
  ['humanizeTimestamp', [1, number(humanizeTimestamp)]],
  ['toTime', [1, (value) => ({ kind: 'time', time: timeOf(numberOf(value)) })]],
  ['toDuration', [1, (value) => durationText(numberOf(value))]],
  ['parseDuration', [1, (value) => secondsOf(textArgument(value))]],
]);

/** Returns a number, also from a text. */
function numberOf(value: Value): number {
  if (typeof value === 'number') return value;
  if (value instanceof Int) return Number(value.value);
  const parsed = typeof value === 'string' ? parseNumber(value) : undefined;
  if (parsed === undefined) throw new TemplateError(`expected a number, got ${JSON.stringify(value)}`);
  return parsed;
}

function listOf(vector: Value): readonly Value[] {
  if (Array.isArray(vector)) return vector as readonly Value[];
  throw new TemplateError('expected the result of a query');
}

function firstOf(vector: Value): Value {
  const [first] = listOf(vector);
  if (first === undefined) throw new TemplateError('first() called on vector with no elements');
  return first;
}

function sampleOf(sample: Value): ReadonlyMap<string, Value> {
  if (isMap(sample)) return sample;
  throw new TemplateError('expected a sample of a query');
}

function labelOf(sample: Value, name: string): string {
  const labels = sampleOf(sample).get('Labels');
  return isMap(labels) ? String(labels.get(name) ?? '') : '';
}

function sortByLabel(name: string, vector: Value): Value {
  return listOf(vector).toSorted((a, b) => {
    const [x, y] = [labelOf(a, name), labelOf(b, name)];
    return x < y ? -1 : x > y ? 1 : 0;
  });
}

function linkOf(expression: string, tab: string): string {
  const query = queryEscape(expression);
  return `/graph?g0.expr=${query}&g0.tab=${tab === 'graph' ? 0 : 1}`;
}

/** Splits `host:port` or `[host]:port`, as Go's `net.SplitHostPort` does. */
function splitAddress(address: string): { readonly host: string; readonly port: string } | undefined {
  const match = /^(?:\[([^[\]]*)\]|([^:[\]]*)):([^:[\]]*)$/.exec(address);
  return match === null ? undefined : { host: match[1] ?? match[2] ?? '', port: match[3] ?? '' };
}

function stripDomain(address: string): string {
  const { host, port } = splitAddress(address) ?? { host: address, port: '' };
  if (isIP(host) !== 0) return address;
  const name = host.split('.')[0] ?? '';
  return port === '' ? name : `${name}:${port}`;
}

function timeOf(seconds: number) {
  if (!Number.isFinite(seconds)) throw new TemplateError('value is NaN or Inf');
  if (Math.abs(seconds) >= 2 ** 63 / 1e9) {
    throw new TemplateError(`${seconds} cannot be represented as a nanoseconds timestamp since it overflows int64`);
  }
  // A float has no nanoseconds of a time of today; Prometheus' times have milliseconds.
  return { nanos: BigInt(Math.trunc(seconds * 1000)) * 1_000_000n, zone: 'UTC' };
}

function humanizeTimestamp(seconds: number): string {
  if (!Number.isFinite(seconds)) return humanize(seconds);
  return formatTime(timeOf(seconds), '2006-01-02 15:04:05.999999999 -0700 MST');
}

function secondsOf(value: string): number {
  const isNegative = value.startsWith('-');
  const millis = parseDurationMillis(isNegative ? value.slice(1) : value);
  if (millis === undefined) throw new TemplateError(`not a valid duration string: ${JSON.stringify(value)}`);
  return ((isNegative ? -1 : 1) * millis) / 1000;
}

function durationText(seconds: number): string {
  if (!Number.isFinite(seconds)) throw new TemplateError('value is NaN or Inf');
  return formatGoDuration(BigInt(Math.trunc(seconds * 1e9)));
}
