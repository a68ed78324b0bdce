import { findField, payloadEnd, payloadStart } from '@otelier/otlp';

const TRACE_ID_BYTES = 16;

/** Returns the offset of the 16-byte trace ID in the message `[start, end)`, or -1 if it is missing or all zeros. */
export function findTraceId(bytes: Uint8Array, start: number, end: number, field: number): number {
  const value = findField(bytes, start, end, field);
  if (value < 0) return -1;
  const from = payloadStart(bytes, value);
  if (payloadEnd(bytes, value) - from !== TRACE_ID_BYTES) return -1;
  for (let i = 0; i < TRACE_ID_BYTES; i++) if (bytes[from + i] !== 0) return from;
  return -1;
}
