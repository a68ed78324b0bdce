import {
  findField,
  forEachItem,
  type ItemCursor,
  LOG_RECORD_FIELDS,
  payloadEnd,
  payloadStart,
  type Signal,
  SPAN_FIELDS,
} from '@otelier/otlp';
import type { Capture } from '../service/editing/dry-run/capture.ts';

/**
 * Returns what identifies an item wherever it is in the pipelines; `undefined` if nothing does. Data points have no
 * identity, because their attributes, which processors change, are a part of it.
 */
export function identityOf(signal: Signal, item: ItemCursor): string | undefined {
  return IDENTITIES[signal]?.(item);
}

const IDENTITIES: Partial<Readonly<Record<Signal, (item: ItemCursor) => string | undefined>>> = {
  traces: ({ bytes, start, end }) => {
    const traceId = hexOf(bytes, start, end, SPAN_FIELDS.traceId);
    return traceId && `${traceId}${hexOf(bytes, start, end, SPAN_FIELDS.spanId)}`;
  },
  logs: (item) => {
    const at = timeOffset(item);
    return at < 0 ? undefined : String(viewOf(item.bytes).getBigUint64(at, true));
  },
};

/** Signals whose items are identified by their time, which must be unique. */
const IDENTIFIED_BY_TIME: ReadonlySet<Signal> = new Set<Signal>(['logs']);

/** Moves log records of the same time apart by nanoseconds, so that their times identify them. */
export function makeTimesUnique({ batches }: Capture): void {
  const seen = new Set<bigint>();
  for (const { signal, parts } of batches) {
    if (!IDENTIFIED_BY_TIME.has(signal)) continue;
    for (const part of parts) {
      const view = viewOf(part);
      forEachItem(signal, part, (item) => {
        const at = timeOffset(item);
        if (at < 0) return;
        let time = view.getBigUint64(at, true);
        while (seen.has(time)) time += 1n;
        seen.add(time);
        view.setBigUint64(at, time, true);
      });
    }
  }
}

/** Returns where the time of a log record is; -1 if it has none. */
function timeOffset({ bytes, start, end }: ItemCursor): number {
  const time = findField(bytes, start, end, LOG_RECORD_FIELDS.timeUnixNano);
  return time >= 0 ? time : findField(bytes, start, end, LOG_RECORD_FIELDS.observedTimeUnixNano);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function hexOf(bytes: Uint8Array, start: number, end: number, field: number): string {
  const value = findField(bytes, start, end, field);
  return value < 0
    ? ''
    : Buffer.from(bytes.subarray(payloadStart(bytes, value), payloadEnd(bytes, value))).toString('hex');
}
