import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LogRecord } from '@otelier/query';
import { arrive, EMPTY_TAIL, mergeTail, release } from './log-tail.ts';

const record = (cursor: string): LogRecord => ({ cursor, timeNanos: cursor.padStart(19, '1') }) as LogRecord;
const cursors = (records: readonly LogRecord[]): string => records.map((one) => one.cursor).join(' ');

test('adds new records at the top, newest first', () => {
  const state = arrive(arrive(EMPTY_TAIL, [record('1'), record('2')], false), [record('3')], false);
  assert.equal(cursors(state.shown), '3 2 1');
});

test('buffers records while held and shows them in order when released', () => {
  const held = arrive(
    arrive(arrive(EMPTY_TAIL, [record('1')], false), [record('2')], true),
    [record('3'), record('4')],
    true,
  );
  assert.equal(cursors(held.shown), '1');
  assert.equal(cursors(held.waiting), '4 3 2');
  assert.equal(cursors(release(held).shown), '4 3 2 1');
  assert.equal(cursors(arrive(held, [record('5')], false).shown), '5 4 3 2 1');
});

test('keeps a bounded number of records and counts the dropped ones', () => {
  const many = Array.from({ length: 6000 }, (_, index) => record(String(index)));
  const state = arrive(EMPTY_TAIL, many, true, 7);
  assert.equal(state.waiting.length, 5000);
  assert.equal(state.waiting[0]?.cursor, '5999');
  assert.equal(state.skipped, 1007);
});

test('shows a record once if both the tail and the search return it', () => {
  assert.equal(cursors(mergeTail([record('3'), record('2')], [record('2'), record('1')])), '3 2 1');
});

test('sorts records by time, whatever their order of arrival', () => {
  assert.equal(cursors(arrive(EMPTY_TAIL, [record('2'), record('3'), record('1')], false).shown), '3 2 1');
});
