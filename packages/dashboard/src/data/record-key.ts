import type { LogRecord } from '@otelier/query';

/**
 * Returns a string that identifies a log record in links: its time and a hash of its contents. Cursors are unsuitable,
 * because a live record's cursor differs from that of the same record in the store.
 */
export function recordKey(record: LogRecord): string {
  const known = KEYS.get(record);
  if (known !== undefined) return known;
  const { timeNanos, service, severityNumber, traceId, spanId, body } = record;
  const content = JSON.stringify([service, severityNumber, traceId ?? '', spanId ?? '', body]);
  const key = `${timeNanos}-${hash(content).toString(36)}`;
  KEYS.set(record, key);
  return key;
}

/** Returns the time in milliseconds of the record that a key identifies, or `undefined` if the string is not a key. */
export function timeOfKey(key: string): number | undefined {
  const nanos = /^(\d{7,20})-[0-9a-z]+$/.exec(key)?.[1];
  return nanos === undefined ? undefined : Number(nanos.slice(0, -6));
}

const KEYS = new WeakMap<LogRecord, string>();

/** Computes an FNV-1a hash. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  return value >>> 0;
}
