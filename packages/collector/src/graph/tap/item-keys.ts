import {
  findField,
  type ItemCursor,
  LOG_RECORD_FIELDS,
  METRIC_FIELDS,
  payloadEnd,
  payloadStart,
  rewriteItems,
  type Signal,
  SPAN_FIELDS,
} from '@otelier/otlp';

/** The fields by which an item is recognized after a component has changed it. */
interface KeyFields {
  /** Fields of the item with a length. */
  readonly bytes: readonly number[];
  /** Fields of the item of eight bytes. */
  readonly fixed64: readonly number[];
  /** Whether the name of its metric belongs to it. */
  readonly isPoint: boolean;
}

/** The times of all kinds of data points have the same numbers. */
const POINT_START = 2;
const POINT_TIME = 3;

const KEYS: Partial<Readonly<Record<Signal, KeyFields>>> = {
  traces: { bytes: [SPAN_FIELDS.traceId, SPAN_FIELDS.spanId], fixed64: [], isPoint: false },
  logs: {
    bytes: [],
    fixed64: [LOG_RECORD_FIELDS.timeUnixNano, LOG_RECORD_FIELDS.observedTimeUnixNano],
    isPoint: false,
  },
  metrics: { bytes: [], fixed64: [POINT_START, POINT_TIME], isPoint: true },
};

/** Returns the keys of the items of a request, in their order. Several items can have the same key. */
export function keysOf(signal: Signal, request: Uint8Array): readonly string[] {
  const keys: string[] = [];
  rewriteItems(signal, request, {
    item: (cursor) => {
      keys.push(keyOf(signal, cursor));
      return 'keep';
    },
  });
  return keys;
}

/** Returns the key of an item: the same before and after a component that keeps its IDs and times. */
export function keyOf(signal: Signal, { bytes, start, end, metricStart, metricEnd }: ItemCursor): string {
  const fields = KEYS[signal];
  if (fields === undefined) return '';
  const text = (from: number, to: number) =>
    Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString('latin1');
  const withLength = (from: number, to: number, field: number) => {
    const value = findField(bytes, from, to, field);
    return value < 0 ? '' : text(payloadStart(bytes, value), payloadEnd(bytes, value));
  };
  let key = fields.isPoint ? withLength(metricStart, metricEnd, METRIC_FIELDS.name) : '';
  for (const field of fields.bytes) key += `/${withLength(start, end, field)}`;
  for (const field of fields.fixed64) {
    const value = findField(bytes, start, end, field);
    key += value < 0 ? '/' : `/${text(value, value + 8)}`;
  }
  return key;
}
