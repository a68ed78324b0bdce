import type { Signal } from '@otelier/otlp';
import { QueryError } from '../../contract.ts';
import { ATTRIBUTES_MAP, type AttributeType, attributeColumn } from '../../schema.ts';
import type { Files } from './files.ts';
import type { ParameterBag } from './parameters.ts';
import { quoteName } from './quote.ts';

/**
 * A location of a field's value in a row. In any row, at most one of a field's locations has a value; the expressions
 * of the others are null.
 */
export interface Place {
  /** `json` is any value encoded as JSON. */
  readonly type: 'text' | 'integer' | 'double' | 'boolean' | 'json';
  readonly expression: string;
}

/** Returns the locations of a field, named as in conditions. Returns none if no row in these files has the field. */
export function fieldPlaces(field: string, signal: Signal, files: Files, parameters: ParameterBag): readonly Place[] {
  if (field.startsWith('attributes.')) return attributePlaces(field.slice('attributes.'.length), files, parameters);
  if (field.startsWith('resource.')) {
    const pointer = parameters.add(jsonPointer(field.slice('resource.'.length)));
    return [{ type: 'json', expression: `json_extract(resource_attributes, ${pointer})::VARCHAR` }];
  }
  const known = FIELDS.get(field);
  if (known === undefined) {
    throw new QueryError(
      `${field}: expected one of ${[...FIELDS.keys()].join(', ')}, attributes.KEY, resource.KEY, got ${JSON.stringify(field)}`,
    );
  }
  const place = known[signal];
  return place === undefined ? [] : [place];
}

/** Returns the locations of an item attribute. */
export function attributePlaces(key: string, files: Files, parameters: ParameterBag): readonly Place[] {
  const places: Place[] = (files.promoted.get(key) ?? []).map((type) => ({
    type: PLACE_TYPES[type],
    expression: quoteName(attributeColumn(key, type)),
  }));
  if (files.mayBeInMap(key)) {
    places.push({ type: 'json', expression: `map_extract_value(${ATTRIBUTES_MAP}, ${parameters.add(key)})` });
  }
  return places;
}

/**
 * Returns SQL for a field's value as a string, or null if it is missing. Strings are unchanged; other values are
 * formatted as in JSON.
 */
export function placesText(places: readonly Place[]): string {
  if (places.length === 0) return 'NULL::VARCHAR';
  const texts = places.map(placeText);
  return texts.length === 1 ? (texts[0] ?? '') : `coalesce(${texts.join(', ')})`;
}

/** Returns SQL for the value at one location as a string. */
export function placeText({ type, expression }: Place): string {
  switch (type) {
    case 'text':
      return expression;
    case 'integer':
    case 'boolean':
      return `${expression}::VARCHAR`;
    case 'double':
      return doubleText(expression);
    case 'json':
      return jsonValueText(expression);
  }
}

/**
 * Returns SQL that converts the JSON value in `expression` to a string: strings are unquoted, integers have no decimal
 * point, and other values are unchanged.
 */
export function jsonValueText(expression: string): string {
  return (
    `CASE WHEN starts_with(${expression}, '"') THEN json_extract_string(${expression}, '$') ` +
    `WHEN ends_with(${expression}, '.0') THEN left(${expression}, -2) ELSE ${expression} END`
  );
}

/**
 * Returns SQL that formats a double: integers without a decimal point, as in JSON, and non-finite numbers as in
 * OTLP/JSON.
 */
function doubleText(expression: string): string {
  return (
    `CASE WHEN ${expression} = trunc(${expression}) AND abs(${expression}) < 1e15 THEN ${expression}::BIGINT::VARCHAR ` +
    `WHEN isnan(${expression}) THEN 'NaN' WHEN isinf(${expression}) THEN ` +
    `CASE WHEN ${expression} > 0 THEN 'Infinity' ELSE '-Infinity' END ELSE ${expression}::VARCHAR END`
  );
}

const PLACE_TYPES: Readonly<Record<AttributeType, Place['type']>> = {
  s: 'text',
  i: 'integer',
  d: 'double',
  b: 'boolean',
};

const SERVICE: Place = { type: 'text', expression: "coalesce(service_name, '')" };
const SCOPE: Place = { type: 'text', expression: "coalesce(scope_name, '')" };

/** Fields other than attributes, by signal. A field that a signal does not have is missing from all its rows. */
const FIELDS: ReadonlyMap<string, Readonly<Partial<Record<Signal, Place>>>> = new Map(
  Object.entries({
    name: { traces: { type: 'text', expression: 'name' }, metrics: { type: 'text', expression: 'name' } },
    kind: { traces: { type: 'text', expression: 'kind' }, metrics: { type: 'text', expression: 'kind' } },
    status: { traces: { type: 'text', expression: 'status_code' } },
    duration: { traces: { type: 'integer', expression: 'duration_ns' } },
    severity: { logs: { type: 'integer', expression: 'severity_number' } },
    body: { logs: { type: 'text', expression: "coalesce(body, '')" } },
    service: { traces: SERVICE, logs: SERVICE, metrics: SERVICE },
    'event.name': { logs: { type: 'text', expression: "coalesce(event_name, '')" } },
    'scope.name': { traces: SCOPE, logs: SCOPE, metrics: SCOPE },
  }),
);

/** Returns a key as a JSON Pointer (RFC 6901), because DuckDB would parse a plain key with dots as a path. */
function jsonPointer(key: string): string {
  return `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}
