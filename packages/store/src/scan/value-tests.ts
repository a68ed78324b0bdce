import type { Condition } from '../contract.ts';

/** A value that only the engine compares as the contract requires. */
export class NotScannableError extends Error {
  override readonly name = 'NotScannableError';
}

/** A test of numbers: as numbers, or by their text. */
export type NumberTest =
  | { readonly kind: 'number'; readonly test: (value: number) => boolean }
  | { readonly kind: 'text'; readonly test: (text: string) => boolean };

/** The tests of a condition, by the type with which a value is stored. */
export interface ValueTests {
  /** Tests the UTF-8 text in `bytes[from..to)`. */
  readonly text: (bytes: Uint8Array, from: number, to: number) => boolean;
  /** Tests a 64-bit integer. Rounding it to a double does not change the result. */
  readonly integer: NumberTest;
  readonly double: NumberTest;
  readonly boolean: (value: boolean) => boolean;
  /** Tests a value encoded as JSON. */
  readonly json: (text: string) => boolean;
  /** The range of numbers among which are all that satisfy the condition, if there is one. */
  readonly numbers: { readonly from: number; readonly to: number } | undefined;
}

/** Returns the tests of a condition. They agree with the SQL of `compileConditions`. */
export function valueTests({ op, value }: Condition): ValueTests {
  if (op === 'exists') return EXISTS;
  if (op === '~' || op === '!~') throw new NotScannableError('expected a condition without a regular expression');
  const constant = Buffer.from(String(value));
  const ofOrder = orderTest(op);
  const text = textTest(op, constant);
  const ofText = (other: string): boolean => {
    const bytes = Buffer.from(other);
    return text(bytes, 0, bytes.length);
  };
  if (typeof value === 'number') {
    const number: NumberTest = { kind: 'number', test: numberTest(op, value) };
    const json = (encoded: string): boolean => {
      if (encoded.startsWith('"')) return ofText(JSON.parse(encoded) as string);
      return NUMBER.test(encoded) ? ofOrder(compareNumbers(Number(encoded), value)) : ofText(encoded);
    };
    return {
      text,
      integer: number,
      double: number,
      boolean: (one) => ofText(String(one)),
      json,
      numbers: rangeOf(op, value),
    };
  }
  const number = String(Number(String(value)));
  const isNumber = number === String(value);
  const equal: NumberTest = {
    kind: 'number',
    test: isNumber ? numberTest('=', Number(number)) : NEVER,
  };
  return {
    text,
    integer: op === '=' ? equal : { kind: 'text', test: ofText },
    double: op === '=' ? equal : { kind: 'text', test: ofText },
    boolean: (one) => ofText(String(one)),
    json: (encoded) => ofText(jsonText(encoded)),
    numbers: undefined,
  };
}

type Comparison = Exclude<Condition['op'], 'exists' | '~' | '!~'>;

const NUMBER = /^-?\d/;
const NEVER = (): boolean => false;
const ALWAYS = (): boolean => true;
const EXISTS: ValueTests = {
  text: ALWAYS,
  integer: { kind: 'number', test: ALWAYS },
  double: { kind: 'number', test: ALWAYS },
  boolean: ALWAYS,
  json: ALWAYS,
  numbers: undefined,
};

function rangeOf(op: Comparison, value: number): ValueTests['numbers'] {
  if (Number.isNaN(value) || op === '!=') return undefined;
  return {
    from: op === '<' || op === '<=' ? Number.NEGATIVE_INFINITY : value,
    to: op === '>' || op === '>=' ? Number.POSITIVE_INFINITY : value,
  };
}

/** Returns whether a value that compares as `order` to the condition's satisfies it. */
function orderTest(op: Comparison): (order: number) => boolean {
  switch (op) {
    case '=':
      return (order) => order === 0;
    case '!=':
      return (order) => order !== 0;
    case '>':
      return (order) => order > 0;
    case '>=':
      return (order) => order >= 0;
    case '<':
      return (order) => order < 0;
    case '<=':
      return (order) => order <= 0;
  }
}

/** Compares texts by their bytes, as the engine does. */
function textTest(op: Comparison, constant: Buffer): ValueTests['text'] {
  if (op === '=') return (bytes, from, to) => isEqual(constant, bytes, from, to);
  if (op === '!=') return (bytes, from, to) => !isEqual(constant, bytes, from, to);
  const holds = orderTest(op);
  return (bytes, from, to) => holds(-constant.compare(bytes, from, to));
}

function isEqual(constant: Uint8Array, bytes: Uint8Array, from: number, to: number): boolean {
  if (to - from !== constant.length) return false;
  for (let i = 0; i < constant.length; i++) if (constant[i] !== bytes[from + i]) return false;
  return true;
}

function numberTest(op: Comparison, constant: number): (value: number) => boolean {
  if (Number.isNaN(constant)) {
    const holds = orderTest(op);
    return (value) => holds(compareNumbers(value, constant));
  }
  switch (op) {
    case '=':
      return (value) => value === constant;
    case '!=':
      return (value) => value !== constant;
    // NaN is greater than all other numbers, as in the engine.
    case '>':
      return (value) => value > constant || Number.isNaN(value);
    case '>=':
      return (value) => value >= constant || Number.isNaN(value);
    case '<':
      return (value) => value < constant;
    case '<=':
      return (value) => value <= constant;
  }
}

function compareNumbers(a: number, b: number): number {
  if (a < b) return -1;
  if (a > b) return 1;
  if (a === b) return 0;
  return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
}

/** Returns a JSON value as a string: strings unquoted, and integers without a decimal point. */
export function jsonText(encoded: string): string {
  if (encoded.startsWith('"')) return JSON.parse(encoded) as string;
  return encoded.endsWith('.0') ? encoded.slice(0, -2) : encoded;
}

/** Returns a double as the engine converts it to text. Throws `NotScannableError` where it uses another notation. */
export function doubleText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity';
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e15) return String(value + 0);
  if (size >= 1e-4 && size < 1e15) return String(value);
  throw new NotScannableError('expected a number without an exponent');
}
