import {
  DATA_POINT_FIELDS,
  findField,
  type ItemCursor,
  LOG_RECORD_FIELDS,
  metricKindOf,
  payloadEnd,
  payloadStart,
  RESOURCE_FIELDS,
  readString,
  rewriteItems,
  SCOPE_FIELDS,
  type Signal,
  SPAN_EVENT_FIELDS,
  SPAN_FIELDS,
  SPAN_LINK_FIELDS,
  Splices,
  TrustedReader,
} from '@otelier/otlp';

/** What is called for the values of a request. */
export interface ValueVisitor {
  /**
   * Called with the `AnyValue` in `[start, end)` of an attribute, or without a key of a log body. Returns another
   * `AnyValue` to replace it.
   */
  value(key: string | undefined, bytes: Uint8Array, start: number, end: number): Uint8Array | undefined;
  /** Called before the values of an item. Returns the contents of another item to replace it. */
  item?(cursor: ItemCursor): Uint8Array | undefined;
}

/**
 * Visits the attributes of resources, scopes, items, events and links, and log bodies, in the order of the bytes, and
 * returns the request with what was replaced.
 */
export function visitValues(signal: Signal, request: Uint8Array, visitor: ValueVisitor): Uint8Array {
  const owner = (bytes: Uint8Array, start: number, end: number, field: number) => {
    const splices = new Splices();
    attributes(bytes, start, end, field, splices, visitor);
    return splices.isEmpty ? ('keep' as const) : splices.apply(bytes, start, end);
  };
  const { bytes: result } = rewriteItems(signal, request, {
    resource: ({ bytes, resourceStart, resourceEnd }) =>
      owner(bytes, resourceStart, resourceEnd, RESOURCE_FIELDS.attributes),
    scope: ({ bytes, scopeStart, scopeEnd }) => owner(bytes, scopeStart, scopeEnd, SCOPE_FIELDS.attributes),
    item(cursor) {
      const item = visitor.item?.(cursor);
      if (item !== undefined) return item;
      const { bytes, start, end, splices } = cursor;
      if (signal === 'logs') body(cursor, visitor);
      attributes(bytes, start, end, attributesField(signal, cursor), splices, visitor);
      if (signal === 'traces') nested(cursor, visitor);
      return 'keep';
    },
  });
  return result ?? request;
}

function attributesField(signal: Signal, { dataField }: ItemCursor): number {
  if (signal === 'traces') return SPAN_FIELDS.attributes;
  if (signal === 'logs') return LOG_RECORD_FIELDS.attributes;
  return DATA_POINT_FIELDS[metricKindOf(dataField) ?? 'gauge'].attributes;
}

/** The attributes of events and links. */
function nested({ bytes, start, end, splices }: ItemCursor, visitor: ValueVisitor): void {
  const reader = new TrustedReader(bytes, start, end);
  while (reader.next()) {
    const { field, lengthStart, valueStart, end: valueEnd } = reader;
    const within = NESTED.get(field);
    if (within === undefined) continue;
    splices.open(lengthStart);
    attributes(bytes, valueStart, valueEnd, within, splices, visitor);
    splices.close(valueStart, valueEnd);
  }
}

const NESTED: ReadonlyMap<number, number> = new Map<number, number>([
  [SPAN_FIELDS.events, SPAN_EVENT_FIELDS.attributes],
  [SPAN_FIELDS.links, SPAN_LINK_FIELDS.attributes],
]);

function attributes(
  bytes: Uint8Array,
  start: number,
  end: number,
  field: number,
  splices: Splices,
  visitor: ValueVisitor,
): void {
  const reader = new TrustedReader(bytes, start, end);
  while (reader.next()) {
    if (reader.field !== field) continue;
    const { lengthStart, valueStart, end: valueEnd } = reader;
    const key = findField(bytes, valueStart, valueEnd, 1);
    const value = findField(bytes, valueStart, valueEnd, 2);
    if (key < 0 || value < 0) continue;
    const to = payloadEnd(bytes, value);
    const name = readString(bytes, payloadStart(bytes, key), payloadEnd(bytes, key));
    const replaced = visitor.value(name, bytes, payloadStart(bytes, value), to);
    if (replaced === undefined) continue;
    splices.open(lengthStart);
    splices.replaceValue(value, to, replaced);
    splices.close(valueStart, valueEnd);
  }
}

function body({ bytes, start, end, splices }: ItemCursor, visitor: ValueVisitor): void {
  const value = findField(bytes, start, end, LOG_RECORD_FIELDS.body);
  if (value < 0) return;
  const to = payloadEnd(bytes, value);
  const replaced = visitor.value(undefined, bytes, payloadStart(bytes, value), to);
  if (replaced !== undefined) splices.replaceValue(value, to, replaced);
}
