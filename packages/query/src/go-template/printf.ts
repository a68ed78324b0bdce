import { quote } from '../promql/parse/literals.ts';
import { bounded, formatFloat, Int, MAX_TEXT, printValue, type Value } from './values.ts';

const VERB = /%([-+# 0]*)(\d+|\*)?(?:\.(\d+|\*)?)?([\s\S])/g;

/** Formats values as Go's `Printf`. */
export function printf(format: string, values: readonly Value[]): string {
  let next = 0;
  const formatted = format.replace(
    VERB,
    (whole: string, flags: string, widthText: string | undefined, precisionText: string | undefined, verb: string) => {
      if (verb === '%') return '%';
      const take = (text: string | undefined): number | undefined =>
        text === '*' ? Number(numberOf(values[next++])) : text === undefined ? undefined : Number(text);
      const width = take(widthText);
      const precision = whole.includes('.') ? (take(precisionText) ?? 0) : undefined;
      if (next >= values.length) return `%!${verb}(MISSING)`;
      const text = formatVerb(verb, values[next++], precision, flags);
      return pad(text, Math.min(MAX_TEXT, width ?? 0), flags, /[deEfFgGxXob]/.test(verb));
    },
  );
  const extra = values.slice(next).map((value) => `${typeName(value)}=${printValue(value)}`);
  return bounded(extra.length === 0 ? formatted : `${formatted}%!(EXTRA ${extra.join(', ')})`);
}

function formatVerb(verb: string, value: Value, precision: number | undefined, flags: string): string {
  const text = verb === 'T' ? typeName(value) : formatKind(verb, value, precision);
  if (text === undefined) return `%!${verb}(${typeName(value)}=${printValue(value)})`;
  return flags.includes('+') && /[dfFeEgG]/.test(verb) && !text.startsWith('-') ? `+${text}` : text;
}

/** Formats a value, or returns `undefined` if the verb does not fit it. */
function formatKind(verb: string, value: Value, precision: number | undefined): string | undefined {
  if (verb === 'v') return printValue(value).slice(0, precision);
  if (value instanceof Int) return formatInt(verb, value.value);
  if (typeof value === 'number') return /[fFeEgG]/.test(verb) ? formatNumber(verb, value, precision) : undefined;
  if (typeof value === 'boolean') return verb === 't' ? String(value) : undefined;
  if (verb === 's') return printValue(value).slice(0, precision);
  if (typeof value !== 'string') return undefined;
  if (verb === 'q') return quote(value.slice(0, precision));
  if (verb !== 'x' && verb !== 'X') return undefined;
  const hex = Buffer.from(value).toString('hex');
  return verb === 'x' ? hex : hex.toUpperCase();
}

const BASES: Readonly<Record<string, number>> = { d: 10, x: 16, X: 16, o: 8, b: 2 };

function formatInt(verb: string, value: bigint): string | undefined {
  if (verb === 'c') return String.fromCodePoint(Math.min(0x10ffff, Math.max(0, Number(value))));
  const base = Object.hasOwn(BASES, verb) ? BASES[verb] : undefined;
  const text = base === undefined ? undefined : value.toString(base);
  return verb === 'X' ? text?.toUpperCase() : text;
}

function formatNumber(verb: string, value: number, precision: number | undefined): string {
  if (!Number.isFinite(value)) return formatFloat(value);
  const digits = Math.min(100, precision ?? 6);
  if (verb === 'f' || verb === 'F') return value.toFixed(digits);
  if (verb === 'e' || verb === 'E') {
    const text = value.toExponential(digits).replace(/e([+-])(\d)$/, 'e$10$2');
    return verb === 'e' ? text : text.toUpperCase();
  }
  return precision === undefined ? formatFloat(value) : formatFloat(Number(value.toPrecision(Math.max(1, digits))));
}

function pad(text: string, width: number, flags: string, isNumber: boolean): string {
  const missing = width - [...text].length;
  if (missing <= 0) return text;
  if (flags.includes('-')) return text + ' '.repeat(missing);
  if (!flags.includes('0')) return ' '.repeat(missing) + text;
  const sign = isNumber ? (/^[+-]/.exec(text)?.[0] ?? '') : '';
  return sign + '0'.repeat(missing) + text.slice(sign.length);
}

function numberOf(value: Value): number {
  return value instanceof Int ? Number(value.value) : 0;
}

function typeName(value: Value): string {
  if (value === undefined) return '<nil>';
  if (value instanceof Int) return 'int';
  if (typeof value === 'number') return 'float64';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'string') return 'string';
  if ('kind' in value) return 'time.Time';
  return Array.isArray(value) ? '[]interface {}' : 'map[string]interface {}';
}
