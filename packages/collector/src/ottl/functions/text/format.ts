import { encodeHex } from '@otelier/otlp';
import { formatGoDuration } from '@otelier/query/go-duration';
import { defineFunction, type FunctionDefinition } from '../../compile/function.ts';
import { any, listOf, literalText } from '../../compile/parameters.ts';
import { floatText } from '../../values/text.ts';
import { formatTimeRfc3339 } from '../../values/time.ts';
import { Duration, Identifier, isList, isMap, OpaqueValue, Time, type Value } from '../../values/value.ts';

/** The `Format` converter, which works like Go's `fmt.Sprintf`. */
export const FORMAT: readonly FunctionDefinition[] = [
  defineFunction(
    'Format',
    { format: literalText(), vals: listOf(any()) },
    ({ format, vals }) =>
      (subject) =>
        sprintf(
          format,
          vals.map((value) => value(subject)),
        ),
  ),
];

const DIRECTIVE = /%([-+# 0]*)(\d+)?(?:\.(\d*))?(.)|%$/gsu;

interface Spec {
  readonly flags: string;
  readonly width: number;
  readonly precision: number | undefined;
}

function sprintf(format: string, args: readonly Value[]): string {
  let next = 0;
  const text = format.replace(DIRECTIVE, (_whole, flags = '', width?: string, precision?: string, verb?: string) => {
    if (verb === undefined) return '%!(NOVERB)';
    if (verb === '%') return '%';
    if (next >= args.length) return `%!${verb}(MISSING)`;
    const value = args[next++];
    const spec: Spec = {
      flags,
      width: Math.min(Number(width ?? 0), MAX_WIDTH),
      precision: precision === undefined ? undefined : Number(precision || 0),
    };
    return (
      formatVerb(verb, value, spec) ?? `%!${verb}(${goType(value)}${value === undefined ? '' : `=${plain(value)}`})`
    );
  });
  const extra = args.slice(next).map((value) => (value === undefined ? '<nil>' : `${goType(value)}=${plain(value)}`));
  return extra.length === 0 ? text : `${text}%!(EXTRA ${extra.join(', ')})`;
}

const MAX_WIDTH = 1000;

function formatVerb(verb: string, value: Value, spec: Spec): string | undefined {
  if (verb === 'v') return pad(plain(value, spec.flags.includes('+')), spec, isNumber(value));
  if (verb === 'T') return pad(goType(value), spec, false);
  if (typeof value === 'bigint') return formatInteger(verb, value, spec);
  if (typeof value === 'number') return formatFloat(verb, value, spec);
  if (typeof value === 'boolean') return verb === 't' ? pad(String(value), spec, false) : undefined;
  if (typeof value === 'string' || value instanceof Uint8Array) return formatText(verb, value, spec);
  const printable = value !== undefined && (verb === 's' || verb === 'd');
  return printable ? pad(plain(value), spec, false) : undefined;
}

function isNumber(value: Value): boolean {
  return typeof value === 'bigint' || typeof value === 'number';
}

const RADIX: Readonly<Record<string, number>> = { d: 10, b: 2, o: 8, x: 16, X: 16 };

function formatInteger(verb: string, value: bigint, spec: Spec): string | undefined {
  if (verb === 'c') return pad(String.fromCodePoint(Number(BigInt.asUintN(21, value)) % 0x11_0000), spec, false);
  const radix = Object.hasOwn(RADIX, verb) ? RADIX[verb] : undefined;
  if (radix === undefined) return undefined;
  const magnitude = (value < 0n ? -value : value).toString(radix).padStart(spec.precision ?? 0, '0');
  const digits = verb === 'X' ? magnitude.toUpperCase() : magnitude;
  const prefix = spec.flags.includes('#') && radix === 16 ? `0${verb}` : '';
  return pad(signOf(value < 0n, spec) + prefix + digits, spec, spec.precision === undefined);
}

function signOf(isNegative: boolean, { flags }: Spec): string {
  if (isNegative) return '-';
  if (flags.includes('+')) return '+';
  return flags.includes(' ') ? ' ' : '';
}

function formatFloat(verb: string, value: number, spec: Spec): string | undefined {
  const isNegative = value < 0 || Object.is(value, -0);
  const digits = floatDigits(verb, Math.abs(value), spec.precision);
  return digits === undefined ? undefined : pad(signOf(isNegative, spec) + digits, spec, Number.isFinite(value));
}

function floatDigits(verb: string, value: number, precision: number | undefined): string | undefined {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : 'Inf';
  switch (verb) {
    case 'f':
    case 'F':
      return value.toFixed(Math.min(precision ?? 6, 100));
    case 'e':
    case 'E': {
      const text = goExponent(value.toExponential(Math.min(precision ?? 6, 100)));
      return verb === 'E' ? text.toUpperCase() : text;
    }
    case 'g':
    case 'G': {
      const text = precision === undefined ? shortest(value) : general(value, Math.max(1, precision));
      return verb === 'G' ? text.toUpperCase() : text;
    }
    default:
      return undefined;
  }
}

/** Pads an exponent to two digits, as Go does. */
function goExponent(text: string): string {
  return text.replace(/e([+-])(\d)$/, 'e$10$2');
}

/** Returns the shortest form of a float for `%g` and `%v`, with an exponent if it is below -4 or at least 6. */
function shortest(value: number): string {
  if (value === 0) return '0';
  const exponent = Number(value.toExponential().split('e')[1]);
  return exponent < -4 || exponent >= SHORTEST_PRECISION ? goExponent(value.toExponential()) : floatText(value);
}

/** The precision that Go uses to decide whether the shortest form has an exponent. */
const SHORTEST_PRECISION = 6;

/** Formats a float for `%g` with a precision. */
function general(value: number, precision: number): string {
  if (value === 0) return '0';
  const rounded = value.toExponential(Math.min(precision, 100) - 1);
  const [digits = '', exponentText] = rounded.split('e');
  const exponent = Number(exponentText);
  const significant = digits.replace('.', '').replace(/0+$/, '').length;
  const limit = precision > significant && significant >= exponent + 1 ? significant : precision;
  return exponent < -4 || exponent >= limit
    ? goExponent(String(Number(digits)) + rounded.slice(digits.length))
    : floatText(Number(rounded));
}

function formatText(verb: string, value: string | Uint8Array, spec: Spec): string | undefined {
  const text = typeof value === 'string' ? value : Buffer.from(value).toString('utf8');
  const cut = spec.precision === undefined ? text : [...text].slice(0, spec.precision).join('');
  switch (verb) {
    case 's':
      return pad(cut, spec, false);
    case 'q':
      return pad(JSON.stringify(cut), spec, false);
    case 'x':
      return pad(encodeHex(Buffer.from(value)), spec, false);
    case 'X':
      return pad(encodeHex(Buffer.from(value)).toUpperCase(), spec, false);
    case 'd':
      return typeof value === 'string' ? undefined : pad(plain(value), spec, false);
    default:
      return undefined;
  }
}

/** Pads to the given width; with the flag `0`, numbers are padded with zeros after the sign. */
function pad(text: string, { flags, width }: Spec, isNumeric: boolean): string {
  const missing = width - [...text].length;
  if (missing <= 0) return text;
  if (flags.includes('-')) return text + ' '.repeat(missing);
  if (!flags.includes('0') || !isNumeric) return ' '.repeat(missing) + text;
  const sign = /^[+\- ]/.exec(text)?.[0] ?? '';
  return sign + '0'.repeat(missing) + text.slice(sign.length);
}

/** Formats a value as `%v` does. */
function plain(value: Value, withSign = false): string {
  switch (typeof value) {
    case 'undefined':
      return '<nil>';
    case 'string':
      return value;
    case 'bigint':
    case 'boolean':
      return withSign && typeof value === 'bigint' && value >= 0n ? `+${value}` : String(value);
    case 'number':
      return Number.isFinite(value) ? `${value < 0 ? '-' : ''}${shortest(Math.abs(value))}` : floatText(value);
    default:
      return plainObject(value);
  }
}

function plainObject(value: Exclude<Value, undefined | string | bigint | boolean | number>): string {
  if (isList(value)) return `[${value.map((element) => plain(element)).join(' ')}]`;
  if (isMap(value)) {
    const entries = [...value].sort(([left], [right]) => (left < right ? -1 : 1));
    return `map[${entries.map(([key, element]) => `${key}:${plain(element)}`).join(' ')}]`;
  }
  if (value instanceof Uint8Array) return `[${[...value].join(' ')}]`;
  if (value instanceof Identifier) return encodeHex(value.bytes);
  if (value instanceof Time) return formatTimeRfc3339(value);
  if (value instanceof Duration) return formatGoDuration(value.nanos);
  return value instanceof OpaqueValue ? value.kind : '';
}

function goType(value: Value): string {
  switch (typeof value) {
    case 'undefined':
      return '<nil>';
    case 'string':
      return 'string';
    case 'bigint':
      return 'int64';
    case 'number':
      return 'float64';
    case 'boolean':
      return 'bool';
    default:
      return value instanceof Uint8Array ? '[]uint8' : goObjectType(value);
  }
}

function goObjectType(value: Value): string {
  if (value instanceof Time) return 'time.Time';
  if (value instanceof Duration) return 'time.Duration';
  if (value instanceof Identifier) return `pcommon.${value.kind === 'trace' ? 'TraceID' : 'SpanID'}`;
  return isMap(value) ? 'pcommon.Map' : '[]interface {}';
}
