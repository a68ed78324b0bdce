import {
  DATA_POINT_FIELDS,
  encodeHex,
  findField,
  type ItemCursor,
  LOG_RECORD_FIELDS,
  LogRecordView,
  metricKindOf,
  payloadEnd,
  payloadStart,
  RESOURCE_FIELDS,
  SCOPE_FIELDS,
  type Signal,
  SPAN_FIELDS,
  SpanView,
} from '@otelier/otlp';
import { readMap, readValue } from '../../ottl/values/codec.ts';
import { attributeText } from '../../ottl/values/text.ts';
import type { ValueMap } from '../../ottl/values/value.ts';
import { attributePart } from './attribute-key.ts';
import type { IdentifierOf } from './identifier-of.ts';
import { perResource, perScope } from './per-group.ts';

/**
 * Identifies items by attributes of their resource, their scope or themselves, as the Collector does: those of metrics and
 * logs in this order of levels, those of spans in the order of the names.
 */
export function createAttributeIdentifier(signal: Signal, names: readonly string[]): IdentifierOf {
  switch (signal) {
    case 'traces':
      return createSpanIdentifier(names);
    case 'logs':
      return createLevelIdentifier(names, logAttribute());
    default:
      return createLevelIdentifier(names, pointAttribute);
  }
}

const resourceAttributes = ({ bytes, resourceStart, resourceEnd }: ItemCursor): ValueMap =>
  readMap(bytes, resourceStart, resourceEnd, RESOURCE_FIELDS.attributes);
const scopeAttributes = ({ bytes, scopeStart, scopeEnd }: ItemCursor): ValueMap =>
  readMap(bytes, scopeStart, scopeEnd, SCOPE_FIELDS.attributes);

/** The names of the kinds of spans in the Collector. */
const SPAN_KINDS = ['Unspecified', 'Internal', 'Server', 'Client', 'Producer', 'Consumer'];

/** The spans of a trace in a scope have the identifier of the first of them. */
function createSpanIdentifier(names: readonly string[]): IdentifierOf {
  const view = new SpanView();
  const resourceOf = perResource(resourceAttributes);
  const scopeOf = perScope((item) => ({ attributes: scopeAttributes(item), byTrace: new Map<string, string>() }));
  const partOf = (name: string, item: ItemCursor, own: ValueMap): string => {
    if (resourceOf(item).has(name)) return attributePart(name, resourceOf(item).get(name));
    const { attributes } = scopeOf(item);
    if (attributes.has(name)) return attributePart(name, attributes.get(name));
    if (name === 'span.kind') return attributePart(name, SPAN_KINDS[view.kind] ?? '');
    if (name === 'span.name') return attributePart(name, view.name);
    return attributePart(name, own.get(name));
  };
  return (item) => {
    const { byTrace } = scopeOf(item);
    view.reset(item.bytes, item.start, item.end);
    const trace = encodeHex(view.traceIdBytes);
    const known = byTrace.get(trace);
    if (known !== undefined) return known;
    const own = readMap(item.bytes, item.start, item.end, SPAN_FIELDS.attributes);
    const identifier = names.map((name) => partOf(name, item, own)).join('');
    byTrace.set(trace, identifier);
    return identifier;
  };
}

/** Returns the part of an attribute of the item itself. */
type OwnPart = (name: string, item: ItemCursor) => string;

function createLevelIdentifier(names: readonly string[], ownPart: OwnPart): IdentifierOf {
  const resourceLevel = perResource((item) => takeLevel(names, resourceAttributes(item)));
  const scopeLevel = perScope((item) => {
    const { identifier, rest } = resourceLevel(item);
    const level = takeLevel(rest, scopeAttributes(item));
    return { identifier: identifier + level.identifier, rest: level.rest };
  });
  return (item) => {
    const { identifier, rest } = scopeLevel(item);
    return identifier + rest.map((name) => ownPart(name, item)).join('');
  };
}

function takeLevel(names: readonly string[], attributes: ValueMap) {
  const found = names.filter((name) => attributes.has(name));
  return {
    identifier: found.map((name) => attributePart(name, attributes.get(name))).join(''),
    rest: names.filter((name) => !attributes.has(name)),
  };
}

function logAttribute(): OwnPart {
  const view = new LogRecordView();
  return (name, { bytes, start, end }) => {
    view.reset(bytes, start, end);
    if (name === 'log.severity') return attributePart(name, view.severityText);
    if (name === 'log.body') return attributePart(name, bodyText(bytes, start, end));
    return attributePart(name, readMap(bytes, start, end, LOG_RECORD_FIELDS.attributes).get(name));
  };
}

function bodyText(bytes: Uint8Array, start: number, end: number): string {
  const body = findField(bytes, start, end, LOG_RECORD_FIELDS.body);
  return body < 0 ? '' : attributeText(readValue(bytes, payloadStart(bytes, body), payloadEnd(bytes, body)));
}

const pointAttribute: OwnPart = (name, { bytes, start, end, dataField }) => {
  const { attributes } = DATA_POINT_FIELDS[metricKindOf(dataField) ?? 'gauge'];
  return attributePart(name, readMap(bytes, start, end, attributes).get(name));
};
