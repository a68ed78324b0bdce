import { z } from '../../component/schema.ts';
import { EvaluationError, typeName, type Value } from '../../ottl/values/value.ts';
import { entryField } from '../definition/fields.ts';
import { OperatorConfigError } from '../definition/operator.ts';
import type { Entry } from '../entry/entry.ts';
import { MISSING } from '../entry/field.ts';

const criterion = z.union([z.string(), z.number(), z.object({ min: z.int(), max: z.int() })]);

/** The fields of a parser of severities. */
export const severityFields = {
  parseFrom: entryField('Field to parse.'),
  preset: z
    .string()
    .prefault('default')
    .describe('Known values: `default`, `otel` (names and numbers of OpenTelemetry only), or `none`.'),
  mapping: z
    .record(z.string(), z.union([criterion, z.array(criterion)]))
    .prefault({})
    .describe('More values by severity, such as `error: [critical, 5xx, {min: 500, max: 599}]`.'),
  overwriteText: z
    .boolean()
    .prefault(false)
    .describe('Whether the severity text becomes the name of the severity, such as `INFO`.'),
};

type Criterion = z.output<typeof criterion>;
/** Severity numbers by lower-case value. */
type Mapping = Map<string, number>;

const NAMES = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];

/** Returns the name of a severity number from 1 to 24, such as `WARN2`. */
export function severityName(number: number): string {
  const step = (number - 1) % 4;
  return `${NAMES[(number - 1) >> 2] ?? ''}${step === 0 ? '' : step + 1}`;
}

type SeverityConfig = z.output<z.ZodObject<typeof severityFields>>;

/** Returns a step that sets severity number and text. Throws an `OperatorConfigError` for a wrong mapping. */
export function severityParser(config: SeverityConfig): (entry: Entry) => void {
  const { parseFrom } = config;
  const read = createSeverityReader(config);
  return (entry) => {
    const value = parseFrom.get(entry);
    if (value === MISSING) throw new EvaluationError(`expected the field ${parseFrom}, got an entry without it`);
    const { number, text } = read(textOf(value));
    entry.severityNumber = number;
    entry.severityText = text;
  };
}

/**
 * Returns the function that finds severity number and severity text of a text. Throws an `OperatorConfigError` for a wrong
 * mapping.
 */
export function createSeverityReader(
  config: SeverityConfig,
): (source: string) => { readonly number: number; readonly text: string } {
  const { overwriteText } = config;
  const mapping = presetOf(config.preset);
  const names = presetOf('otel');
  for (const [name, criteria] of Object.entries(config.mapping)) {
    const number = names.get(name.toLowerCase()) ?? 0;
    for (const one of Array.isArray(criteria) ? criteria : [criteria])
      for (const value of valuesOf(one)) mapping.set(value, number);
  }
  return (source) => {
    const number = mapping.get(source.toLowerCase()) ?? 0;
    return { number, text: overwriteText && number > 0 ? severityName(number) : source };
  };
}

/** The limit of integers, which larger numbers are not. */
const MAX_INT64 = 2 ** 63;

function textOf(value: Value): string {
  if (typeof value === 'string') return value;
  if (
    typeof value === 'bigint' ||
    (typeof value === 'number' && Number.isInteger(value) && Math.abs(value) < MAX_INT64)
  )
    return String(BigInt(value));
  if (value instanceof Uint8Array) return Buffer.from(value).toString();
  if (typeof value === 'number') throw new EvaluationError(`expected a whole number as severity, got ${value}`);
  throw new EvaluationError(`expected a string or a number as severity, got ${typeName(value)}`);
}

function presetOf(preset: string): Mapping {
  const mapping: Mapping = new Map();
  if (preset === 'none') return mapping;
  for (let number = 1; number <= 24; number++) {
    mapping.set(severityName(number).toLowerCase(), number);
    mapping.set(String(number), number);
  }
  if (preset === 'otel' || preset === 'aliases') return mapping;
  for (let step = 0; step < 4; step++) {
    const suffix = step === 0 ? '' : step + 1;
    mapping.set(`warning${suffix}`, 13 + step);
    mapping.set(`err${suffix}`, 17 + step);
  }
  return mapping;
}

const MAX_RANGE = 1_000_000;
const STATUS_CLASS = /^([2-5])xx$/;

function valuesOf(criteria: Criterion): string[] {
  if (typeof criteria === 'number') return [String(criteria)];
  if (typeof criteria === 'object') return range(criteria.min, criteria.max);
  const status = STATUS_CLASS.exec(criteria)?.[1];
  if (status === undefined) return [criteria.toLowerCase()];
  return range(Number(status) * 100, Number(status) * 100 + 99);
}

function range(first: number, last: number): string[] {
  const min = Math.min(first, last);
  const count = Math.abs(last - first) + 1;
  if (count > MAX_RANGE)
    throw new OperatorConfigError(`expected a range of at most ${MAX_RANGE} numbers, got ${count}`);
  return Array.from({ length: count }, (_, index) => String(min + index));
}
