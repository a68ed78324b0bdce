import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LogRecord } from '@otelier/query';
import { addRecords, arrivedSince, EMPTY_TAIL, mergeTail, showWaiting } from './log-tail.ts';

const record = (cursor: string): LogRecord => ({ cursor, timeNanos: cursor.padStart(19, '1') }) as LogRecord;
const cursors = (records: readonly LogRecord[]): string => records.map((one) => one.cursor).join(' ');

test('adds new records at the top, newest first', () => {
  const state = addRecords(addRecords(EMPTY_TAIL, [record('1'), record('2')], false), [record('3')], false);
  assert.equal(cursors(state.shown), '3 2 1');
});

test('buffers records while held and shows them in order when released', () => {
  const held = addRecords(
    addRecords(addRecords(EMPTY_TAIL, [record('1')], false), [record('2')], true),
    [record('3'), record('4')],
    true,
  );
  assert.equal(cursors(held.shown), '1');
  assert.equal(cursors(held.waiting), '4 3 2');
  assert.equal(cursors(showWaiting(held).shown), '4 3 2 1');
  assert.equal(cursors(addRecords(held, [record('5')], false).shown), '5 4 3 2 1');
});

test('keeps a bounded number and counts the others, while held only those since then', () => {
  const many = (from: number, count: number) =>
    Array.from({ length: count }, (_, index) => record(String(from + index)));
  const live = addRecords(EMPTY_TAIL, many(0, 10), false, 3);
  assert.deepEqual([live.shown.length, live.skipped, arrivedSince(live)], [10, 3, 0]);
  const held = addRecords(live, many(10, 6000), true, 7);
  assert.deepEqual([held.waiting.length, held.waiting[0]?.cursor], [5000, '6009']);
  assert.deepEqual([held.shown.length, held.skipped, arrivedSince(held)], [10, 3, 6007]);
  const released = showWaiting(held);
  // 10 records of the list and 1,007 of the others do not fit.
  assert.deepEqual([released.shown.length, released.skipped, arrivedSince(released)], [5000, 1020, 0]);
  assert.deepEqual(arrivedSince(addRecords(released, many(9000, 2), true)), 2);
});

test('counts records that arrive while nothing can be shown', () => {
  const held = addRecords(EMPTY_TAIL, [], true, 40);
  assert.equal(arrivedSince(held), 40);
  assert.deepEqual([showWaiting(held).skipped, arrivedSince(showWaiting(held))], [40, 0]);
});

test('shows a record once if both the tail and the search return it', () => {
  assert.equal(cursors(mergeTail([record('3'), record('2')], [record('2'), record('1')])), '3 2 1');
});

test('sorts records by time, whatever their order of arrival', () => {
  assert.equal(cursors(addRecords(EMPTY_TAIL, [record('2'), record('3'), record('1')], false).shown), '3 2 1');
});
