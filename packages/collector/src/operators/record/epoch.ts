import { truncate } from '../../ottl/values/convert.ts';
import { EvaluationError, typeName, type Value } from '../../ottl/values/value.ts';
import { OperatorConfigError } from '../definition/operator.ts';

/** Nanoseconds per unit of the whole number, and per unit and digits of the fraction. */
const UNITS: Readonly<Record<string, { readonly whole: bigint; readonly part?: bigint; readonly digits?: number }>> = {
  s: { whole: 1_000_000_000n },
  ms: { whole: 1_000_000n },
  us: { whole: 1000n },
  ns: { whole: 1n },
  's.ms': { whole: 1_000_000_000n, part: 1_000_000n, digits: 3 },
  's.us': { whole: 1_000_000_000n, part: 1000n, digits: 6 },
  's.ns': { whole: 1_000_000_000n, part: 1n, digits: 9 },
};

/** An integer of 64 bits, or one that is somewhat larger: longer texts are not converted. */
const INTEGER = /^[+-]?(?:0+(?!\d)|0*[1-9]\d{0,18})$/;

/** Returns a parser of numbers of a unit since the epoch, in nanoseconds. */
export function epochParser(layout: string): (value: Value) => bigint {
  const unit = Object.hasOwn(UNITS, layout) ? UNITS[layout] : undefined;
  if (unit === undefined)
    throw new OperatorConfigError(`layout: expected one of ${Object.keys(UNITS).join(', ')}, got "${layout}"`);
  const { whole, part, digits = 0 } = unit;
  return (value) => {
    const text = stampOf(value, digits);
    const [seconds = '', fraction, ...rest] = part === undefined ? [text] : text.split('.');
    const [first, second] = [int64(seconds), part === undefined ? 0n : int64(fraction ?? '')];
    if (first === undefined || second === undefined || rest.length > 0)
      throw new EvaluationError(`expected a time in ${layout} since the epoch, got "${text}"`);
    return first * whole + second * (part ?? 0n);
  };
}

function int64(text: string): bigint | undefined {
  if (!INTEGER.test(text)) return undefined;
  const value = BigInt(text);
  return BigInt.asIntN(64, value) === value ? value : undefined;
}

function stampOf(value: Value, digits: number): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'bigint') return digits === 0 ? String(value) : `${value}.0`;
  if (typeof value === 'number') return digits === 0 ? String(truncate(value)) : value.toFixed(digits);
  if (value instanceof Uint8Array) return Buffer.from(value).toString();
  throw new EvaluationError(`expected a number or a string as time, got ${typeName(value)}`);
}
