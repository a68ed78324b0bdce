import { decodeHex } from '@otelier/otlp';
import { ATTRIBUTES } from '../../exporters/elasticsearch/documents/ecs-names.ts';
import { CONTROL } from '../../exporters/elasticsearch/routing.ts';
import { Entry } from '../../operators/entry/entry.ts';
import { isMap, type Value, type ValueMap } from '../../ottl/values/value.ts';
import { timeOf } from './time.ts';

/** What the action of a bulk request says about a document. */
export interface DocumentTarget {
  /** Empty if there is none. */
  readonly index: string;
  readonly id: string | undefined;
}

/** Prefixes of names in the Elastic Common Schema that describe the entity that produced a document. */
const RESOURCE_NAMES = /^(agent|cloud|container|faas|host|kubernetes|orchestrator|os|service)\./;
const PROCESS_NAMES = new Set([
  'process.pid',
  'process.title',
  'process.executable',
  'process.args',
  'process.parent.pid',
]);
/** Names of resource attributes by their names in the schema. Of several, the last one is that of today's conventions. */
const RESOURCE_ATTRIBUTES: ReadonlyMap<string, string> = new Map(
  [...ATTRIBUTES.resource].flatMap(([attribute, name]) =>
    typeof name === 'string' && name !== 'skip' ? [[name, attribute] as const] : [],
  ),
);
/** Names of attributes of log records by their names in the schema, without those that are no better. */
const LOG_ATTRIBUTES: ReadonlyMap<string, string> = new Map([
  ['error.message', 'exception.message'],
  ['error.stack_trace', 'exception.stacktrace'],
  ['error.stacktrace', 'exception.stacktrace'],
  ['error.type', 'exception.type'],
]);
const LEVELS: ReadonlyMap<string, number> = new Map([
  ['trace', 1],
  ['debug', 5],
  ['info', 9],
  ['information', 9],
  ['informational', 9],
  ['notice', 10],
  ['warn', 13],
  ['warning', 13],
  ['error', 17],
  ['err', 17],
  ['critical', 18],
  ['crit', 18],
  ['alert', 19],
  ['fatal', 21],
  ['emergency', 21],
  ['panic', 21],
]);
/** Fields that can be the body, best first: Elastic's agents use `message`, Fluent Bit `log`. */
const BODIES = ['message', 'log', 'event.original'] as const;

/** Converts a document to a log record: one in the structure of OTLP, or one of the Elastic Common Schema or any other. */
export function entryOf(document: ValueMap, target: DocumentTarget, observedNanos: bigint): Entry {
  const entry = new Entry(undefined, observedNanos);
  entry.timeNanos = timeOf(document.get('@timestamp'));
  const { resource, body, attributes } = Object.fromEntries(document);
  const isOtel = isMap(resource) && (isMap(attributes) || isMap(body) || document.has('observed_timestamp'));
  if (isOtel) readOtel(document, entry);
  else readSchema(document, entry);
  entry.attributes ??= new Map();
  if (target.index !== '' && !entry.attributes.has(CONTROL.dataset)) entry.attributes.set(CONTROL.index, target.index);
  if (target.id !== undefined) entry.attributes.set(CONTROL.documentId, target.id);
  return entry;
}

function readOtel(document: ValueMap, entry: Entry): void {
  const body = document.get('body');
  if (isMap(body)) entry.body = body.get('text') ?? body.get('structured');
  entry.severityText = textOf(document.get('severity_text'));
  const severity = document.get('severity_number');
  entry.severityNumber = typeof severity === 'bigint' && severity > 0n && severity <= 24n ? Number(severity) : 0;
  entry.traceId = idOf(document.get('trace_id'), 16);
  entry.spanId = idOf(document.get('span_id'), 8);
  const attributes = document.get('attributes');
  entry.attributes = isMap(attributes) ? attributes : new Map();
  const name = textOf(document.get('event_name'));
  if (name !== '') entry.attributes.set('event.name', name);
  const stream = document.get('data_stream');
  if (isMap(stream)) addStream(stream, entry.attributes);
  const resource = document.get('resource');
  const resourceAttributes = isMap(resource) ? resource.get('attributes') : undefined;
  if (isMap(resourceAttributes)) entry.resource = resourceAttributes;
  const scope = document.get('scope');
  if (isMap(scope)) entry.scopeName = textOf(scope.get('name'));
}

/** The suffix of the dataset is that of the mapping mode, which the exporter adds again. */
function addStream(stream: ValueMap, attributes: ValueMap): void {
  for (const [part, value] of stream)
    attributes.set(`data_stream.${part}`, typeof value === 'string' ? value.replace(/\.otel$/, '') : value);
}

function readSchema(document: ValueMap, entry: Entry): void {
  const fields: ValueMap = new Map();
  flatten(document, '', fields);
  fields.delete('@timestamp');
  const bodyName = BODIES.find((name) => typeof fields.get(name) === 'string');
  if (bodyName !== undefined) {
    entry.body = fields.get(bodyName);
    fields.delete(bodyName);
  }
  entry.severityText = textOf(take(fields, 'log.level') ?? take(fields, 'level'));
  entry.severityNumber = LEVELS.get(entry.severityText.toLowerCase()) ?? 0;
  entry.traceId = takeId(fields, 'trace.id', 16);
  entry.spanId = takeId(fields, 'span.id', 8);
  entry.attributes = new Map();
  entry.resource = new Map();
  for (const [name, value] of fields) {
    if (RESOURCE_NAMES.test(name) || PROCESS_NAMES.has(name))
      entry.resource.set(RESOURCE_ATTRIBUTES.get(name) ?? name, value);
    else entry.attributes.set(LOG_ATTRIBUTES.get(name) ?? name, value);
  }
}

/** Adds the fields of nested objects under their names with dots. */
function flatten(map: ValueMap, prefix: string, fields: ValueMap): void {
  for (const [key, value] of map) {
    if (isMap(value) && value.size > 0) flatten(value, `${prefix}${key}.`, fields);
    else fields.set(prefix + key, value);
  }
}

function take(fields: ValueMap, name: string): Value {
  const value = fields.get(name);
  if (typeof value === 'string') fields.delete(name);
  return typeof value === 'string' ? value : undefined;
}

/** Removes and returns an ID; a text that is none stays a field. */
function takeId(fields: ValueMap, name: string, size: number): Uint8Array | undefined {
  const id = idOf(fields.get(name), size);
  if (id !== undefined) fields.delete(name);
  return id;
}

function idOf(value: Value, size: number): Uint8Array | undefined {
  if (typeof value !== 'string' || value.length !== size * 2 || !/^[0-9a-f]+$/i.test(value)) return undefined;
  return decodeHex(value);
}

function textOf(value: Value): string {
  return typeof value === 'string' ? value : '';
}
