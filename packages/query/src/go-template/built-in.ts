import { TemplateError } from './ast.ts';
import { countArgument, textArgument } from './convert.ts';
import { printf } from './printf.ts';
import { bounded, type FunctionEntry, Int, isMap, isTrue, printValue, type Value } from './values.ts';

/** The functions that every Go template has. */
export const BUILT_IN: Readonly<Record<string, FunctionEntry>> = {
  not: [1, (value) => !isTrue(value)],
  and: [-1, (...args) => args.find((value) => !isTrue(value)) ?? args.at(-1)],
  or: [-1, (...args) => args.find(isTrue) ?? args.at(-1)],
  eq: [-1, (first, ...others) => others.some((other) => compare(first, other) === 0)],
  ne: [2, (a, b) => compare(a, b) !== 0],
  lt: [2, (a, b) => compare(a, b) < 0],
  le: [2, (a, b) => compare(a, b) <= 0],
  gt: [2, (a, b) => compare(a, b) > 0],
  ge: [2, (a, b) => compare(a, b) >= 0],
  len: [1, (value) => new Int(lengthOf(value))],
  index: [-1, (value, ...keys) => keys.reduce(elementOf, value)],
  slice: [-1, (value, from, to) => sliceOf(value, from, to)],
  print: [-1, (...args) => bounded(args.map((value) => printValue(value)).join(''))],
  println: [-1, (...args) => bounded(`${args.map((value) => printValue(value)).join(' ')}\n`)],
  printf: [-1, (format, ...args) => printf(textArgument(format), args)],
  urlquery: [
    -1,
    (...args) => encodeURIComponent(args.map((value) => printValue(value)).join('')).replaceAll('%20', '+'),
  ],
  html: [-1, (...args) => bounded(escapeHtml(args.map((value) => printValue(value)).join('')))],
  js: [-1, (...args) => bounded(JSON.stringify(args.map((value) => printValue(value)).join('')).slice(1, -1))],
};

function escapeHtml(text: string): string {
  const escapes: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&#34;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, (char) => escapes[char] ?? char);
}

/** Compares values of the same kind. Throws a `TemplateError` for others. */
function compare(a: Value, b: Value): number {
  if (a === undefined || b === undefined) return a === b ? 0 : 1;
  const [left, right] = [a, b].map((value) => (value instanceof Int ? value.value : value));
  const kind = typeof left;
  if (kind !== typeof right || kind === 'object') throw new TemplateError('incompatible types for comparison');
  if (left === right) return 0;
  if (kind === 'string') return String(left) < String(right) ? -1 : 1;
  return (left ?? 0) < (right ?? 0) ? -1 : 1;
}

function lengthOf(value: Value): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (Array.isArray(value)) return value.length;
  if (isMap(value)) return value.size;
  throw new TemplateError('error calling len: expected a string, list or map');
}

function elementOf(value: Value, key: Value): Value {
  if (isMap(value)) return value.get(textArgument(key));
  // An element of a text is a byte, which prints as its number.
  const elements = typeof value === 'string' ? [...Buffer.from(value)].map((byte) => new Int(byte)) : value;
  if (!Array.isArray(elements)) throw new TemplateError(`error calling index: can't index ${printValue(value)}`);
  const at = countArgument(key);
  if (at < 0 || at >= elements.length) throw new TemplateError(`error calling index: index out of range: ${at}`);
  return (elements as readonly Value[])[at];
}

function sliceOf(value: Value, from: Value, to: Value): Value {
  const [start, end] = [from, to].map((bound) => (bound === undefined ? undefined : countArgument(bound)));
  if (typeof value !== 'string' && !Array.isArray(value)) throw new TemplateError("error calling slice: can't slice");
  const length = (value as { readonly length: number }).length;
  if ((start ?? 0) < 0 || (end ?? length) > length || (start ?? 0) > (end ?? length)) {
    throw new TemplateError('error calling slice: index out of range');
  }
  return typeof value === 'string' ? value.slice(start, end) : (value as readonly Value[]).slice(start, end);
}
