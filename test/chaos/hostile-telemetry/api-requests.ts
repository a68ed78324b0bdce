import type { Random } from '@otelier/testkit/otlp/random';
import type { SentNames } from './sent.ts';

/** An API request in the form that `fetch` accepts. */
export interface ApiRequest {
  readonly label: string;
  readonly path: string;
  readonly init?: RequestInit;
}

interface Schema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
}
interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly schema: Schema;
}
interface Operation {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
}
/** The parts of an OpenAPI document from which requests are generated. */
export interface ApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

/**
 * Generates `count` requests for every operation in the document. Parameters are values of their schema or names that
 * were sent. Event streams are omitted, because they never end.
 */
export function* apiRequests(
  { paths }: ApiDocument,
  names: SentNames,
  random: Random,
  count: number,
): Generator<ApiRequest> {
  for (const [path, operations] of Object.entries(paths)) {
    // A heap snapshot stops the process for a second.
    if (/\/(tail|stream|tap|tap\/items|heap)$/.test(path)) continue;
    for (const [method, operation] of Object.entries(operations)) {
      // A profile takes about a second, and its values are not names.
      for (let i = 0; i < (/\/(profile|doctor)$/.test(path) ? 1 : count); i++) {
        yield path === '/api/v1/batch'
          ? batchRequest(path, paths, names, random)
          : requestOf(path, method, operation, names, random);
      }
    }
  }
}

/** Returns a batch request with operations that a batch may contain. */
function batchRequest(path: string, paths: ApiDocument['paths'], names: SentNames, random: Random): ApiRequest {
  const operations = Object.entries(paths).flatMap(([target, { get }]) =>
    get === undefined || !/^\/api\/v1\/[^{]*$/.test(target) || /\/(tail|stream|tap|export)/.test(target)
      ? []
      : [{ target, get }],
  );
  const requests = Array.from({ length: 1 + random(3) }, () => {
    const { target, get } = pick(operations, random);
    return requestOf(target, 'get', get, names, random).path;
  });
  return jsonRequest('POST', path, { requests });
}

function jsonRequest(method: string, path: string, value: unknown): ApiRequest {
  const body = JSON.stringify(value);
  return {
    label: `${method} ${path} ${body}`,
    path,
    init: { method, headers: { 'content-type': 'application/json' }, body },
  };
}

function requestOf(path: string, method: string, operation: Operation, names: SentNames, random: Random): ApiRequest {
  const { parameters = [], requestBody } = operation;
  let target = path;
  const query = new URLSearchParams();
  for (const parameter of parameters) {
    const value = parameterValue(parameter.name, parameter.schema, names, random);
    if (parameter.in === 'path') target = target.replace(`{${parameter.name}}`, encodeURIComponent(String(value)));
    // Time parameters belong together and are always set; other parameters are optional.
    else if (parameter.required === true || /^(start|end|seconds)$/.test(parameter.name) || random(2) === 0) {
      for (const one of [value].flat()) query.append(parameter.name, one);
    }
  }
  setRange(query, random);
  const url = query.size === 0 ? target : `${target}?${query}`;
  const verb = method.toUpperCase();
  if (requestBody === undefined) return { label: `${verb} ${url}`, path: url, init: { method: verb } };
  const { properties = {} } = requestBody.content['application/json']?.schema ?? {};
  return jsonRequest(verb, url, bodyObject(properties, names, random));
}

/** The latest time that the API accepts. Later times exceed 64 bits in nanoseconds. */
const LAST_MILLIS = '9223372036000';
const AROUND = 1_700_000_000_000;

function setRange(query: URLSearchParams, random: Random): void {
  if (!query.has('start')) return;
  const ranges = [
    ['0', LAST_MILLIS],
    [String(AROUND - 3_600_000), String(AROUND + 3_600_000)],
    [String(AROUND), String(AROUND + 0.001)],
    ['0', '1'],
    [String(Number(LAST_MILLIS) - 1), LAST_MILLIS],
  ];
  const [start = '', end = ''] = ranges[random(3) === 0 ? random(ranges.length) : random(2)] ?? [];
  query.set('start', start);
  query.set('end', end);
}

function parameterValue(name: string, schema: Schema, names: SentNames, random: Random): string | readonly string[] {
  if (schema.enum !== undefined) return pick(schema.enum, random);
  if (isOfType(schema, 'array')) return Array.from({ length: 1 + random(3) }, () => listEntry(name, names, random));
  if (isOfType(schema, 'integer')) return String(integerOf(schema, [1, 2, 60, 1000, schema.maximum ?? 100], random));
  if (isOfType(schema, 'number')) return String(smallestOf(schema));
  return textOf(name, names, random);
}

function isOfType({ type }: Schema, name: string): boolean {
  return [type].flat().includes(name);
}

/** Returns a random one of the values that the schema allows. */
function integerOf(schema: Schema, values: readonly number[], random: Random): number {
  const { minimum = 0, maximum = Number.POSITIVE_INFINITY } = schema;
  const allowed = values.filter((value) => value >= minimum && value <= maximum);
  return allowed.length === 0 ? minimum : pick(allowed, random);
}

/** Returns the smallest number that the schema allows, because numbers are times that an endpoint observes. */
function smallestOf({ minimum, exclusiveMinimum }: Schema): number {
  return minimum ?? (exclusiveMinimum === undefined ? 0 : exclusiveMinimum + 0.01);
}

function listEntry(name: string, names: SentNames, random: Random): string {
  if (name === 'where' || name === 'select') return conditionOf(names, random);
  return random(4) === 0
    ? pick(['service', 'body', 'severity', 'scope.name', 'name', 'kind'], random)
    : fieldOf(names, random);
}

function textOf(name: string, names: SentNames, random: Random): string {
  switch (name) {
    case 'traceId':
    case 'trace_id':
      return pick([...names.traceIds], random);
    case 'span_id':
      return pick([...names.spanIds], random);
    case 'service':
      return pick([...names.services], random);
    case 'name':
      return pick([...names.metrics], random);
    case 'key':
      return random(2) === 0 ? pick([...names.keys], random) : fieldOf(names, random);
    case 'field':
      return random(4) === 0 ? pick(['service', 'name', 'kind', 'status'], random) : fieldOf(names, random);
    case 'tenant':
      return random(3) > 0 ? 'default' : pick([...names.others], random);
    case 'after':
      return `${AROUND}000000-1`;
    default:
      return pick([...names.others], random);
  }
}

/** Returns a random field name for use in conditions, facets and groups. */
function fieldOf(names: SentNames, random: Random): string {
  return `${random(3) === 0 ? 'resource' : 'attributes'}.${pick([...names.keys], random)}`;
}

function conditionOf(names: SentNames, random: Random): string {
  const key = pick([...names.keys], random);
  const field = `${random(3) === 0 ? 'resource' : 'attributes'}.${quoted(key)}`;
  const value = pick([...names.others], random);
  switch (random(5)) {
    case 0:
      return `${field} exists`;
    case 1:
      return `service = ${quoted(pick([...names.services], random))}`;
    case 2:
      return `${field} > ${pick(['0', '-1', '1e300', '9007199254740993', '0.1', '9223372036854775807'], random)}`;
    case 3:
      return `${field} ~ ${quoted(`^${value.replace(/[^\w ]/g, '.').slice(0, 50)}`)}`;
    default:
      return `${field} ${pick(['=', '!=', '<', '>='], random)} ${quoted(value)}`;
  }
}

function bodyObject(properties: Readonly<Record<string, Schema>>, names: SentNames, random: Random): object {
  return Object.fromEntries(
    Object.entries(properties).map(([name, schema]) => [name, bodyValue(name, schema, names, random)]),
  );
}

/** Returns a value for a field of a request body, which contains an SQL statement or options. */
function bodyValue(name: string, schema: Schema, names: SentNames, random: Random): unknown {
  const { items, properties } = schema;
  if (schema.enum !== undefined) return pick(schema.enum, random);
  if (items !== undefined) return Array.from({ length: random(3) }, () => bodyValue(name, items, names, random));
  if (properties !== undefined) return bodyObject(properties, names, random);
  if (isOfType(schema, 'boolean')) return random(2) === 0;
  if (isOfType(schema, 'integer')) return integerOf(schema, [1, 10, 1000], random);
  if (isOfType(schema, 'number')) return smallestOf(schema);
  if (name !== 'statement') return name === 'tenant' ? 'default' : pick([...names.others], random);
  const relation = pick(['spans', 'logs', 'metric_points'], random);
  const key = pick([...names.keys], random).replaceAll("'", "''");
  return pick(
    [
      `select * from ${relation}`,
      `select attributes->>'${key}' as v, count(*) from ${relation} group by v`,
      `select attributes->'${key}', resource_attributes->>'${key}' from ${relation} limit 10`,
      `select '${key}' as "${key.replaceAll('"', '""') || 'x'}", count(*) from ${relation}`,
      `select json_keys(attributes), json_type(attributes), json_keys(resource_attributes) from ${relation}`,
    ],
    random,
  );
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

function pick<T>(values: readonly T[], random: Random): T {
  return values[random(values.length)] as T;
}
