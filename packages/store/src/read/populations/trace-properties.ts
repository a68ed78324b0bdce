import { ATTRIBUTES_MAP, type AttributeType, attributeColumn } from '../../schema.ts';
import { jsonValueText, placeText } from '../shared/fields.ts';
import type { Files } from '../shared/files.ts';
import type { ParameterBag } from '../shared/parameters.ts';
import { quoteName } from '../shared/quote.ts';

/** Longer values are compared by their beginning. */
const MAX_VALUE_CHARACTERS = 200;
/** Number of distinct values above which numbers are compared as ranges. */
const MAX_NUMBERS = 24;
/** Values of a property that are returned: those whose shares differ most. */
const MAX_VALUES = 12;

/**
 * Returns a statement for the properties of traces: kind, service, key, value, low, high, selected, baseline, mark,
 * selected_nanos, baseline_nanos. A row counts the traces of both populations that have the value.
 */
export function propertiesText(
  files: Files,
  parameters: ParameterBag,
  selected: readonly string[],
  baseline: readonly string[],
): string {
  const attributes = columnsOf(files);
  const picked = [selected, baseline].map(
    (ids, index) =>
      `SELECT unnest(string_split(${parameters.add(ids.join(','))}, ',')) AS trace_id, ${index === 0} AS is_selected`,
  );
  const columns = [
    'trace_id AS t',
    'is_selected',
    "coalesce(service_name, '') AS service",
    'name',
    'status_code',
    'duration_ns',
    'resource_attributes',
    ...(files.mayUseMap ? [ATTRIBUTES_MAP] : []),
    ...attributes.map(({ expression }, index) => `${expression} AS c${index}`),
  ];
  const numbers = attributes.flatMap(({ isNumber }, index) => (isNumber ? [index] : []));
  const distinct = numbers.map((index) => `approx_count_distinct(c${index}) > ${MAX_NUMBERS} AS r${index}`);
  const properties = [
    ...attributes.map(({ key, isNumber }, index) =>
      isNumber ? numberProperty(index, parameters.add(key)) : textProperty(index, parameters.add(key)),
    ),
    ...(files.mayUseMap ? [MAP_PROPERTIES] : []),
    RESOURCE_PROPERTIES,
    "SELECT DISTINCT t, is_selected, service, 'span', name, '', NULL::DOUBLE FROM spans",
    "SELECT DISTINCT t, is_selected, service, 'status', name, 'error', NULL FROM spans WHERE status_code = 'ERROR'",
    "SELECT t, is_selected, service, 'calls', name, least(calls, 100)::VARCHAR, NULL FROM operations",
  ];
  const definitions = [
    `picked AS MATERIALIZED (${picked.join(' UNION ALL ')})`,
    `spans AS MATERIALIZED (SELECT ${columns.join(', ')} FROM ${files.relation} JOIN picked USING (trace_id))`,
    `operations AS MATERIALIZED (${OPERATIONS})`,
    ...(numbers.length > 0 ? [`ranges AS MATERIALIZED (SELECT ${distinct.join(', ')} FROM spans)`] : []),
    `properties(t, is_selected, service, kind, key, value, low) AS (${properties.join(' UNION ALL ')})`,
    `counted AS (${countedText(selected.length, baseline.length)})`,
  ];
  return `WITH ${definitions.join(', ')} SELECT * FROM counted UNION ALL (${TIMES})`;
}

interface AttributeColumn {
  readonly key: string;
  readonly expression: string;
  readonly isNumber: boolean;
}

/** Returns the columns of attributes. Values are text, or numbers to compare as ranges. */
function columnsOf(files: Files): readonly AttributeColumn[] {
  return [...files.promoted].flatMap(([key, types]) =>
    types.map((type) => {
      const expression = quoteName(attributeColumn(key, type));
      const isNumber = type === 'i' || type === 'd';
      return {
        key,
        isNumber,
        expression: isNumber
          ? `${expression}::DOUBLE`
          : `left(${placeText({ type: PLACES[type], expression })}, ${MAX_VALUE_CHARACTERS})`,
      };
    }),
  );
}

const PLACES = { s: 'text', i: 'integer', d: 'double', b: 'boolean' } as const satisfies Record<AttributeType, string>;

function textProperty(index: number, key: string): string {
  return `SELECT DISTINCT t, is_selected, service, 'attribute', ${key}, c${index}, NULL FROM spans WHERE c${index} IS NOT NULL`;
}

/** Numbers with many values are compared by their power of two, `low` being the lower bound of the magnitude. */
function numberProperty(index: number, key: string): string {
  const column = `c${index}`;
  const power = `CASE WHEN ${column} = 0 OR NOT isfinite(${column}) THEN ${column} ELSE sign(${column}) * pow(2, floor(log2(abs(${column})))) END`;
  return (
    `SELECT DISTINCT t, is_selected, service, 'attribute', ${key}, CASE WHEN r${index} THEN '' ELSE ${placeText({ type: 'double', expression: column })} END, ` +
    `CASE WHEN r${index} THEN ${power} END FROM spans, ranges WHERE ${column} IS NOT NULL`
  );
}

const MAP_PROPERTIES =
  `SELECT DISTINCT t, is_selected, service, 'attribute', entry.key, left(${jsonValueText('entry.value')}, ${MAX_VALUE_CHARACTERS}), NULL ` +
  `FROM (SELECT t, is_selected, service, unnest(map_entries(${ATTRIBUTES_MAP})) AS entry FROM spans)`;

const RESOURCE_PROPERTIES =
  `SELECT DISTINCT t, is_selected, service, 'resource', key, left(${jsonValueText('value')}, ${MAX_VALUE_CHARACTERS}), NULL FROM ` +
  '(SELECT DISTINCT t, is_selected, service, resource_attributes FROM spans) JOIN ' +
  "(SELECT resource_attributes, key, json_extract(resource_attributes, '/' || replace(replace(key, '~', '~0'), '/', '~1'))::VARCHAR AS value " +
  'FROM (SELECT resource_attributes, unnest(json_keys(resource_attributes)) AS key ' +
  'FROM (SELECT DISTINCT resource_attributes FROM spans WHERE resource_attributes IS NOT NULL))) USING (resource_attributes) ' +
  "WHERE key <> 'service.name'";

const OPERATIONS =
  'SELECT t, is_selected, service, name, count(*) AS calls, sum(duration_ns)::DOUBLE AS nanos FROM spans GROUP BY ALL';

const TIMES =
  "SELECT 'time' AS kind, service, name AS key, '' AS value, NULL AS low, count(*) FILTER (WHERE is_selected) AS selected, " +
  "count(*) FILTER (WHERE NOT is_selected) AS baseline, '' AS mark, " +
  'median(nanos) FILTER (WHERE is_selected) AS selected_nanos, median(nanos) FILTER (WHERE NOT is_selected) AS baseline_nanos ' +
  'FROM operations GROUP BY service, name ORDER BY selected + baseline DESC LIMIT 1000';

/** Counts the traces with each value, and keeps the values of each property whose shares differ most. */
function countedText(selected: number, baseline: number): string {
  const difference = `abs(count(*) FILTER (WHERE is_selected) / ${selected} - count(*) FILTER (WHERE NOT is_selected) / ${baseline})`;
  return (
    'SELECT kind, service, key, value, low, count(*) FILTER (WHERE is_selected) AS selected, ' +
    'count(*) FILTER (WHERE NOT is_selected) AS baseline, bit_xor(hash(t))::VARCHAR AS mark, ' +
    'NULL::DOUBLE AS selected_nanos, NULL::DOUBLE AS baseline_nanos FROM properties ' +
    'GROUP BY kind, service, key, value, low ' +
    `HAVING ${difference} >= 0.005 ` +
    `QUALIFY row_number() OVER (PARTITION BY kind, service, key ORDER BY ${difference} DESC, value, low) <= ${MAX_VALUES}`
  );
}
