import type { Signal } from '@otelier/otlp';
import type { Condition } from '../../contract.ts';
import { alternativesOf } from '../../requests.ts';
import { ATTRIBUTES_MAP, attributeColumn } from '../../schema.ts';
import { fieldPlaces, jsonValueText, type Place, placesText, placeText } from './fields.ts';
import type { Files } from './files.ts';
import type { ParameterBag } from './parameters.ts';
import { quoteName } from './quote.ts';

/** The context in which conditions are compiled. */
export interface Scope {
  readonly signal: Signal;
  readonly files: Files;
  readonly parameters: ParameterBag;
}

/**
 * Compiles conditions that must all hold to SQL. A missing field satisfies none of them. Throws `QueryError` if one is
 * invalid.
 */
export function compileConditions(conditions: readonly Condition[], scope: Scope): readonly string[] {
  return conditions.map((condition) => anyOf(alternativesOf(condition).map((one) => compileCondition(one, scope))));
}

/**
 * Compiles a free-text search to SQL: a case-insensitive substring match on the expressions and all attribute values.
 */
export function compileText(text: string, expressions: readonly string[], { files, parameters }: Scope): string {
  const wanted = parameters.add(text.toLowerCase());
  const contains = (expression: string): string => `contains(lower(${expression}), ${wanted})`;
  const candidates = [...expressions];
  for (const [key, types] of files.promoted) {
    for (const type of types) {
      const column = quoteName(attributeColumn(key, type));
      candidates.push(
        placeText({
          type: ({ s: 'text', i: 'integer', d: 'double', b: 'boolean' } as const)[type],
          expression: column,
        }),
      );
    }
  }
  const tests = candidates.map((candidate) => `coalesce(${contains(candidate)}, false)`);
  if (files.mayUseMap) {
    tests.push(`len(list_filter(map_values(${ATTRIBUTES_MAP}), lambda v: ${contains(jsonValueText('v'))})) > 0`);
  }
  return `(${tests.join(' OR ')})`;
}

function compileCondition({ field, op, value }: Condition, { signal, files, parameters }: Scope): string {
  const places = fieldPlaces(field, signal, files, parameters);
  if (places.length === 0) return 'false';
  switch (op) {
    case 'exists':
      return anyOf(places.map(({ expression }) => `${expression} IS NOT NULL`));
    case '~':
      return `regexp_matches(${placesText(places)}, ${parameters.add(String(value))})`;
    case '!~':
      return `NOT regexp_matches(${placesText(places)}, ${parameters.add(String(value))})`;
    default:
      return anyOf(places.flatMap((place) => compare(place, op, value, parameters) ?? []));
  }
}

function anyOf(tests: readonly string[]): string {
  if (tests.length === 0) return 'false';
  return tests.length === 1 ? (tests[0] ?? '') : `(${tests.map((test) => `coalesce(${test}, false)`).join(' OR ')})`;
}

type Comparison = Exclude<Condition['op'], 'exists' | '~' | '!~'>;

/**
 * Compiles a comparison. Numbers are compared numerically, everything else as strings. Returns `undefined` if the
 * comparison can never hold.
 */
function compare(
  place: Place,
  op: Comparison,
  value: string | number | boolean,
  parameters: ParameterBag,
): string | undefined {
  const text = String(value);
  if (typeof value === 'number') return compareNumber(place, op, value, parameters);
  if (place.type === 'boolean' && op === '=') {
    return text === 'true' || text === 'false' ? `${place.expression} = ${text}` : undefined;
  }
  if ((place.type === 'integer' || place.type === 'double') && op === '=') {
    // Only a number in JSON notation equals its string form; then the column can be compared directly.
    const number = Number(text);
    return String(number) === text ? compareNumber(place, op, number, parameters) : undefined;
  }
  return `${comparable(place)} ${op} ${parameters.add(text)}`;
}

function compareNumber(place: Place, op: Comparison, value: number, parameters: ParameterBag): string {
  switch (place.type) {
    case 'integer':
      return `${place.expression} ${op} ${parameters.add(Number.isSafeInteger(value) ? BigInt(value) : value)}`;
    case 'double':
      return `${place.expression} ${op} ${parameters.add(value)}`;
    case 'json': {
      const json = place.expression;
      const text = parameters.add(String(value));
      return (
        `CASE WHEN starts_with(${json}, '"') THEN json_extract_string(${json}, '$') ${op} ${text} ` +
        `ELSE coalesce(TRY_CAST(${json} AS DOUBLE) ${op} ${parameters.add(value)}, ${json} ${op} ${text}) END`
      );
    }
    case 'text':
    case 'boolean':
      return `${comparable(place)} ${op} ${parameters.add(String(value))}`;
  }
}

function comparable(place: Place): string {
  return placeText(place);
}
