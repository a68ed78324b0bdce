import {
  type FieldDescriptor,
  MESSAGES,
  type MessageDescriptor,
  normalizeProfiles,
  REQUEST_MESSAGES,
  SIGNALS,
  type Signal,
} from '@otelier/otlp';
import { decodeMessage } from './decode.ts';
import { Absent, formatValue, Group, isList, type Value, valueAt } from './value.ts';

/** A span, log record, data point or profile with its resource and scope. */
export interface Item {
  readonly signal: Signal;
  /** The fields of the item, and its `resource`, `scope` and `metric` as fields of their own. */
  readonly fields: Group;
}

/** The message of a signal's requests. */
export function requestMessage(signal: Signal): MessageDescriptor {
  return REQUEST_MESSAGES[signal] ?? MESSAGES.ProfilesData;
}

/** Returns the items of a normalized request, in order. */
export function itemsOf(signal: Signal, request: Uint8Array): Item[] {
  const { resourceField, scopeField, itemField, points } = SIGNALS[signal];
  const message = requestMessage(signal);
  const items: Item[] = [];
  const bytes = readableBytes(signal, request);
  const root = decodeMessage(message, bytes, 0, bytes.length);
  for (const [resourceLevel, resourceMessage] of children(root, message, resourceField)) {
    const resource = withSchema(resourceLevel, 'resource');
    for (const [scopeLevel, scopeMessage] of children(resourceLevel, resourceMessage, scopeField)) {
      const outer = [...resource, ...withSchema(scopeLevel, 'scope')];
      for (const [item, itemMessage] of children(scopeLevel, scopeMessage, itemField)) {
        const fields = points === undefined ? [item] : pointsOf(item, itemMessage, points.dataFields);
        for (const one of fields) items.push({ signal, fields: new Group('fields', [...one.entries, ...outer]) });
      }
    }
  }
  return items;
}

/** Returns the bytes of a request in a form that can be read without checks. */
function readableBytes(signal: Signal, request: Uint8Array): Uint8Array {
  // Receivers check only the outer levels of signals that pass through unchanged.
  if (REQUEST_MESSAGES[signal] !== undefined) return request;
  const normalized = normalizeProfiles(request);
  return normalized.ok ? normalized.bytes : new Uint8Array();
}

/** Returns a short name of an item for messages: its name, the name of its metric, or its body. */
export function labelOf({ fields }: Item): string {
  const name =
    valueAt(fields, 'name') ??
    valueAt(fields, 'metric', 'name') ??
    valueAt(fields, 'event_name') ??
    valueAt(fields, 'body');
  return name === undefined || name instanceof Absent ? '' : formatValue(name, MAX_LABEL_LENGTH);
}

const MAX_LABEL_LENGTH = 60;

/** Returns the messages in a repeated field. */
function children(group: Group, message: MessageDescriptor, number: number): (readonly [Group, MessageDescriptor])[] {
  const field = message.byNumber.get(number);
  if (field?.kind !== 'message') return [];
  const values = group.entries.get(field.name);
  const list = isList(values) ? values : [values];
  return list.flatMap((value) => (value instanceof Group ? [[value, MESSAGES[field.message]] as const] : []));
}

/** Returns the resource or scope of a level, with the schema URL that the level has. */
function withSchema({ entries }: Group, name: 'resource' | 'scope'): [string, Value][] {
  const inner = entries.get(name);
  const schemaUrl = entries.get('schema_url');
  const fields = inner instanceof Group ? [...inner.entries] : [];
  if (schemaUrl !== undefined) fields.push(['schema_url', schemaUrl]);
  return fields.length === 0 ? [] : [[name, new Group('fields', fields)]];
}

/** Returns the data points of a metric, each with the metric as a field. */
function pointsOf(metric: Group, message: MessageDescriptor, dataFields: readonly number[]): Group[] {
  const isData = ({ number }: FieldDescriptor) => dataFields.includes(number);
  const points: Group[] = [];
  for (const data of message.fields.filter(isData)) {
    const group = metric.entries.get(data.name);
    if (!(group instanceof Group)) continue;
    const own = [...metric.entries].filter(([name]) => name !== data.name);
    const shared = [...group.entries].filter(([name]) => name !== POINTS);
    const described = new Group('fields', [...own, ['type', data.name], ...shared]);
    const list = group.entries.get(POINTS);
    for (const point of isList(list) ? list : [])
      if (point instanceof Group) points.push(new Group('fields', [...point.entries, ['metric', described]]));
  }
  return points;
}

const POINTS = 'data_points';
