import {
  encodeKey,
  FoundAttribute,
  findAttribute,
  findField,
  type ItemCursor,
  LOG_RECORD_FIELDS,
  LogRecordView,
  RESOURCE_FIELDS,
  readAnyValue,
  readFixed64Number,
  type Signal,
  SPAN_FIELDS,
  SpanView,
} from '@otelier/otlp';

/** An item as described in a report. */
export interface ItemDescription {
  readonly service: string;
  /** A span's route or name, or a log record's severity. */
  readonly operation: string;
  readonly isError: boolean;
  /** Whether the item counts as a use of its operation, which internal spans do not. */
  readonly isEntry: boolean;
}

/** How a signal's items are described. */
export interface SignalDescription {
  /** Returns a function that describes items. */
  create(): (item: ItemCursor) => ItemDescription;
  /** Returns the time at which an item was complete, in milliseconds since the epoch, or 0 if it has none. */
  completedMillis(item: ItemCursor): number;
}

const ROUTE = encodeKey('http.route');
const SERVICE = encodeKey('service.name');
const ENTRY_KINDS: ReadonlySet<number> = new Set([2, 5]);
const STATUS_ERROR = 2;
const SEVERITY_ERROR = 17;

/** The signals that can be sampled. */
export const DESCRIPTIONS: Partial<Readonly<Record<Signal, SignalDescription>>> = {
  traces: {
    create() {
      const view = new SpanView();
      return (item) => {
        const span = view.reset(item.bytes, item.start, item.end);
        return {
          service: serviceOf(item),
          operation: textAttribute(item.bytes, item.start, item.end, SPAN_FIELDS.attributes, ROUTE) ?? span.name,
          isError: span.statusCode === STATUS_ERROR,
          isEntry: span.isRoot || ENTRY_KINDS.has(span.kind),
        };
      };
    },
    completedMillis: (item) => timeOf(item, SPAN_FIELDS.endTimeUnixNano) || timeOf(item, SPAN_FIELDS.startTimeUnixNano),
  },
  logs: {
    create() {
      const view = new LogRecordView();
      return (item) => {
        const record = view.reset(item.bytes, item.start, item.end);
        const { severityNumber } = record;
        return {
          service: serviceOf(item),
          operation: record.severityText || `severity ${severityNumber}`,
          isError: severityNumber >= SEVERITY_ERROR,
          isEntry: true,
        };
      };
    },
    completedMillis: (item) =>
      timeOf(item, LOG_RECORD_FIELDS.observedTimeUnixNano) || timeOf(item, LOG_RECORD_FIELDS.timeUnixNano),
  },
};

function timeOf({ bytes, start, end }: ItemCursor, field: number): number {
  const value = findField(bytes, start, end, field);
  return value < 0 ? 0 : readFixed64Number(bytes, value) / 1e6;
}

function serviceOf({ bytes, resourceStart, resourceEnd }: ItemCursor): string {
  return textAttribute(bytes, resourceStart, resourceEnd, RESOURCE_FIELDS.attributes, SERVICE) ?? '';
}

const found = new FoundAttribute();

function textAttribute(
  bytes: Uint8Array,
  start: number,
  end: number,
  field: number,
  key: Uint8Array,
): string | undefined {
  if (!findAttribute(bytes, start, end, field, key, found)) return undefined;
  const value = readAnyValue(bytes, found.valueStart, found.valueEnd);
  return typeof value === 'string' ? value : undefined;
}
