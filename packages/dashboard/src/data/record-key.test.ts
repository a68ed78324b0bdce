import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LogRecord } from '@otelier/query';
import { recordKey, timeOfKey } from './record-key.ts';

const record = (changes: Partial<LogRecord> = {}): LogRecord => ({
  cursor: 'live-1-0',
  timeNanos: '1790000000123456789',
  observedTimeNanos: undefined,
  severityNumber: 9,
  severityText: 'INFO',
  body: 'hello',
  service: 'shop',
  scopeName: '',
  traceId: undefined,
  spanId: undefined,
  eventName: undefined,
  attributes: {},
  resourceAttributes: {},
  ...changes,
});

test('a record has the same key live and from the store, and another record has another', () => {
  const live = recordKey(record());
  assert.equal(recordKey(record({ cursor: '42:7' })), live);
  for (const other of [
    record({ body: 'hello!' }),
    record({ service: 'web' }),
    record({ timeNanos: '1790000000123456788' }),
  ])
    assert.notEqual(recordKey(other), live);
});

test('a key names the time of its record', () => {
  assert.equal(timeOfKey(recordKey(record())), 1_790_000_000_123);
  for (const text of ['live-1790000000000-3', '42:7', '', 'x-1']) assert.equal(timeOfKey(text), undefined);
});
