import { findField, payloadEnd, payloadStart } from '@otelier/otlp';

const TRACE_ID_BYTES = 16;

/** Where the 16 bytes of the trace id in the message `[start, end)` begin; -1 when there is none, or only zeros. */
export function findTraceId(bytes: Uint8Array, start: number, end: number, field: number): number {
  const value = findField(bytes, start, end, field);
  if (value < 0) return -1;
  const from = payloadStart(bytes, value);
  if (payloadEnd(bytes, value) - from !== TRACE_ID_BYTES) return -1;
  for (let i = 0; i < TRACE_ID_BYTES; i++) if (bytes[from + i] !== 0) return from;
  return -1;
}
