import { encodeKey, payloadEnd, payloadStart, readString, readVarintLow, SPAN_FIELDS } from '@otelier/otlp';
import { defineFunction, type FunctionDefinition } from '../compile/function.ts';
import { literalText, optional } from '../compile/parameters.ts';
import { stringField } from '../record/encode.ts';
import type { MessageRecord } from '../record/message-record.ts';
import { attributeText } from '../values/text.ts';
import { EvaluationError, type Value } from '../values/value.ts';

/** Span editors. */
export const SPAN_EDITORS: readonly FunctionDefinition[] = [
  defineFunction(
    'set_semconv_span_name',
    { semconvVersion: literalText(), originalSpanNameAttribute: optional(literalText()) },
    ({ semconvVersion, originalSpanNameAttribute: original }) => {
      const [, major, minor] = /^v?(\d+)\.(\d+)(?:\.0)?$/.exec(semconvVersion) ?? [];
      if (major !== '1' || Number(minor) < 37 || Number(minor) > 43)
        throw new EvaluationError(`expected a version from 1.37.0 to 1.43.0, got "${semconvVersion}"`);
      if (original === '') throw new EvaluationError('expected the name of an attribute, got an empty text');
      const originalKey = encodeKey(original ?? '');
      return ({ item }) => {
        const derived = derivedName(item);
        if (derived === undefined) return undefined;
        const at = item.find(SPAN_FIELDS.name);
        const name = at < 0 ? '' : readString(item.source, payloadStart(item.source, at), payloadEnd(item.source, at));
        item.put(SPAN_FIELDS.name, derived === '' ? undefined : stringField(SPAN_FIELDS.name, derived));
        if (original !== undefined && name !== derived)
          item.attributes.set(SPAN_FIELDS.attributes, original, originalKey, name);
        return undefined;
      };
    },
  ),
];

type Read = (...names: readonly AttributeName[]) => Value;

/** Name candidates by span kind; the first that applies is used. */
const NAMES_OF_KIND: readonly (readonly ((read: Read) => string | undefined)[])[] = [
  [],
  [],
  [(read) => httpName(read, 'http.route'), rpcName, messagingName],
  [(read) => httpName(read, 'url.template'), rpcName, databaseName, messagingName],
  [messagingName],
  [messagingName],
];

/** Returns the name that the semantic conventions define for a span, if any. */
function derivedName(span: MessageRecord): string | undefined {
  const at = span.find(SPAN_FIELDS.kind);
  const kind = at < 0 ? 0 : readVarintLow(span.source, at);
  const read: Read = (...names) => {
    for (const name of names) {
      const value = span.attributes.get(SPAN_FIELDS.attributes, name, KEYS[name]);
      if (value !== undefined) return value;
    }
    return undefined;
  };
  for (const nameOf of NAMES_OF_KIND[kind] ?? []) {
    const name = nameOf(read);
    // An empty name does not count, so the next convention applies.
    if (name) return name;
  }
  return undefined;
}

function httpName(read: Read, subject: 'http.route' | 'url.template'): string | undefined {
  return joined(' ', read('http.request.method', 'http.method'), read(subject));
}

function rpcName(read: Read): string | undefined {
  const system = read('rpc.system.name', 'rpc.system');
  if (system === undefined) return undefined;
  const method = read('rpc.method', 'rpc.grpc.method');
  const service = read('rpc.service', 'rpc.grpc.service');
  if (service === undefined) return attributeText(method ?? system);
  return `${attributeText(service)}/${method === undefined ? '*' : attributeText(method)}`;
}

function databaseName(read: Read): string | undefined {
  const system = read('db.system.name', 'db.system');
  if (system === undefined) return undefined;
  const summary = read('db.query.summary');
  if (summary !== undefined) return attributeText(summary);
  const operation = attributeText(read('db.operation.name', 'db.operation'));
  const name = [operation, databaseTarget(read)].filter((part) => part !== '').join(' ');
  return name === '' ? attributeText(system) : name;
}

function databaseTarget(read: Read): string {
  const namespace = attributeText(read('db.namespace', 'db.name'));
  const object = read('db.collection.name', 'db.stored_procedure.name');
  if (object !== undefined) return `${namespace === '' ? '' : `${namespace}.`}${attributeText(object)}`;
  return namespace === '' ? serverName(read) : namespace;
}

function messagingName(read: Read): string | undefined {
  const system = read('messaging.system');
  if (system === undefined) return undefined;
  const operation = read('messaging.operation.name', 'messaging.operation');
  const destination = messagingDestination(read);
  if (destination === '') return attributeText(operation ?? system);
  return operation === undefined ? destination : `${attributeText(operation)} ${destination}`;
}

function messagingDestination(read: Read): string {
  if (read('messaging.destination.temporary') === true) return '(temporary)';
  if (read('messaging.destination.anonymous') === true) return '(anonymous)';
  const name = read('messaging.destination.template', 'messaging.destination.name', 'messaging.destination');
  return name === undefined ? serverName(read) : attributeText(name);
}

function serverName(read: Read): string {
  return joined(':', read('server.address'), read('server.port')) ?? '';
}

/** Joins two values with a separator. Returns `undefined` if the first is missing. */
function joined(separator: string, first: Value, second: Value): string | undefined {
  if (first === undefined) return undefined;
  return second === undefined ? attributeText(first) : `${attributeText(first)}${separator}${attributeText(second)}`;
}

const NAMES = [
  'http.request.method',
  'http.method',
  'http.route',
  'url.template',
  'rpc.system.name',
  'rpc.system',
  'rpc.method',
  'rpc.grpc.method',
  'rpc.service',
  'rpc.grpc.service',
  'db.system.name',
  'db.system',
  'db.query.summary',
  'db.operation.name',
  'db.operation',
  'db.namespace',
  'db.name',
  'db.collection.name',
  'db.stored_procedure.name',
  'messaging.system',
  'messaging.operation.name',
  'messaging.operation',
  'messaging.destination.temporary',
  'messaging.destination.anonymous',
  'messaging.destination.template',
  'messaging.destination.name',
  'messaging.destination',
  'server.address',
  'server.port',
] as const;

type AttributeName = (typeof NAMES)[number];

const KEYS = Object.fromEntries(NAMES.map((name) => [name, encodeKey(name)])) as Record<AttributeName, Uint8Array>;
