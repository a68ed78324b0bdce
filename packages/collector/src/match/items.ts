import {
  encodeKey,
  FoundAttribute,
  findAttribute,
  findField,
  type ItemCursor,
  LOG_RECORD_FIELDS,
  METRIC_FIELDS,
  payloadEnd,
  payloadStart,
  RESOURCE_FIELDS,
  readString,
  readVarintLow,
  SCOPE_FIELDS,
  type Signal,
  SPAN_FIELDS,
} from '@otelier/otlp';
import { readValue } from '../ottl/values/codec.ts';
import { attributeText } from '../ottl/values/text.ts';
import { type AttributeToMatch, compileAttributes } from './attributes.ts';
import { MATCHABLE, type MatchProperties } from './properties.ts';
import { SPAN_KINDS } from './span-kinds.ts';
import { compileTexts, type MatchType } from './texts.ts';

/** Tests the item at a cursor. */
export type ItemTest = (cursor: ItemCursor) => boolean;

/**
 * Compiles `include` and `exclude`, which must have passed `matchIssues`, into a test for the items to process, or
 * returns `undefined` if all items match.
 */
export function compileMatch(
  {
    include,
    exclude,
  }: { readonly include?: MatchProperties | undefined; readonly exclude?: MatchProperties | undefined },
  signal: Signal,
): ItemTest | undefined {
  const includes = include === undefined ? undefined : compileProperties(include, signal);
  const excludes = exclude === undefined ? undefined : compileProperties(exclude, signal);
  if (excludes === undefined) return includes;
  if (includes === undefined) return (cursor) => !excludes(cursor);
  return (cursor) => includes(cursor) && !excludes(cursor);
}

/** Compiles match properties into a test, or returns `undefined` if they constrain nothing. */
export function compileProperties(properties: MatchProperties, signal: Signal): ItemTest | undefined {
  const { matchType: type, logSeverityNumber: severity, libraries } = properties;
  const matchType: MatchType = type === 'regexp' ? 'regexp' : 'strict';
  const { unused, hasExpressions } = MATCHABLE[signal];
  if (hasExpressions && type === 'expr') return undefined;
  const tests: ItemTest[] = [];
  const add = <T>(list: readonly T[] | null | undefined, compile: (list: readonly T[]) => ItemTest) => {
    if (list !== undefined && list !== null && list.length > 0) tests.push(compile(list));
  };
  add(properties.services, (names) => serviceTest(matchType, names));
  add(properties.spanNames, (names) => textTest(matchType, names, itemOf, SPAN_FIELDS.name));
  add(properties.spanKinds, (kinds) => kindTest(matchType, kinds));
  add(properties.logBodies, (bodies) => bodyTest(matchType, bodies));
  add(properties.logSeverityTexts, (list) => textTest(matchType, list, itemOf, LOG_RECORD_FIELDS.severityText));
  add(properties.metricNames, (names) => textTest(matchType, names, metricOf, METRIC_FIELDS.name));
  if (severity !== undefined) tests.push(severityTest(severity));
  for (const { name, version } of libraries ?? []) {
    tests.push(textTest(matchType, [name], scopeOf, SCOPE_FIELDS.name));
    if (typeof version === 'string') tests.push(textTest(matchType, [version], scopeOf, SCOPE_FIELDS.version));
  }
  if (!unused.includes('resources')) add(properties.resources, (list) => resourceTest(matchType, list));
  add(properties.attributes, (list) => attributesTest(matchType, list, ATTRIBUTES[signal] ?? 0));
  return tests.length === 0 ? undefined : allOf(tests);
}

/** Fields of the items' attributes, for signals whose items can be matched by attributes. */
const ATTRIBUTES: Partial<Record<Signal, number>> = {
  traces: SPAN_FIELDS.attributes,
  logs: LOG_RECORD_FIELDS.attributes,
};

function allOf(tests: readonly ItemTest[]): ItemTest {
  const [first, second] = tests;
  if (tests.length === 1 && first !== undefined) return first;
  if (tests.length === 2 && first !== undefined && second !== undefined)
    return (cursor) => first(cursor) && second(cursor);
  return (cursor) => tests.every((test) => test(cursor));
}

/** Returns the range of a message that contains, or is, the item. */
type RangeOf = (cursor: ItemCursor) => readonly [start: number, end: number];

const itemOf: RangeOf = ({ start, end }) => [start, end];
const scopeOf: RangeOf = ({ scopeStart, scopeEnd }) => [scopeStart, scopeEnd];
const metricOf: RangeOf = ({ metricStart, metricEnd }) => [metricStart, metricEnd];

function textTest(matchType: MatchType, list: readonly string[], rangeOf: RangeOf, field: number): ItemTest {
  const matches = compileTexts(matchType, list);
  return (cursor) => {
    const [start, end] = rangeOf(cursor);
    const value = findField(cursor.bytes, start, end, field);
    const { bytes } = cursor;
    return matches(value < 0 ? '' : readString(bytes, payloadStart(bytes, value), payloadEnd(bytes, value)));
  };
}

/** String that the Collector uses for a resource without a service name. */
const NO_SERVICE = '<nil-service-name>';
const SERVICE_NAME = encodeKey('service.name');
const found = new FoundAttribute();

function serviceTest(matchType: MatchType, names: readonly string[]): ItemTest {
  const matches = compileTexts(matchType, names);
  return ({ bytes, resourceStart, resourceEnd }) =>
    findAttribute(bytes, resourceStart, resourceEnd, RESOURCE_FIELDS.attributes, SERVICE_NAME, found)
      ? matches(attributeText(readValue(bytes, found.valueStart, found.valueEnd)))
      : matches(NO_SERVICE);
}

function kindTest(matchType: MatchType, kinds: readonly string[]): ItemTest {
  const matches = compileTexts(matchType, kinds);
  const results = SPAN_KINDS.map(matches);
  const isUnknownMatch = matches('');
  return ({ bytes, start, end }) => {
    const value = findField(bytes, start, end, SPAN_FIELDS.kind);
    return results[value < 0 ? 0 : readVarintLow(bytes, value)] ?? isUnknownMatch;
  };
}

function bodyTest(matchType: MatchType, bodies: readonly string[]): ItemTest {
  const matches = compileTexts(matchType, bodies);
  return ({ bytes, start, end }) => {
    const value = findField(bytes, start, end, LOG_RECORD_FIELDS.body);
    return matches(
      value < 0 ? '' : attributeText(readValue(bytes, payloadStart(bytes, value), payloadEnd(bytes, value))),
    );
  };
}

function severityTest({ min, matchUndefined }: NonNullable<MatchProperties['logSeverityNumber']>): ItemTest {
  return ({ bytes, start, end }) => {
    const value = findField(bytes, start, end, LOG_RECORD_FIELDS.severityNumber);
    const severity = value < 0 ? 0 : readVarintLow(bytes, value) | 0;
    return severity === 0 ? matchUndefined : severity >= min;
  };
}

function resourceTest(matchType: MatchType, list: readonly AttributeToMatch[]): ItemTest {
  const matches = compileAttributes(matchType, list);
  return ({ bytes, resourceStart, resourceEnd }) =>
    matches(bytes, resourceStart, resourceEnd, RESOURCE_FIELDS.attributes);
}

function attributesTest(matchType: MatchType, list: readonly AttributeToMatch[], field: number): ItemTest {
  const matches = compileAttributes(matchType, list);
  return ({ bytes, start, end }) => matches(bytes, start, end, field);
}
