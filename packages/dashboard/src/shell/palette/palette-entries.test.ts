import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findEntries, type PaletteEntry, traceIdIn } from './palette-entries.ts';

const entry = (group: PaletteEntry['group'], text: string, note?: string): PaletteEntry => ({
  id: text,
  group,
  text,
  ...(note === undefined ? {} : { note }),
  run: () => undefined,
});

test('finds entries that contain all words, in group order, best matches first', () => {
  const entries = [
    entry('Metrics', 'payment.declined'),
    entry('Routes and operations', 'POST /charge', 'payment'),
    entry('Services', 'prepayment'),
    entry('Services', 'payment'),
    entry('Views', 'Traces'),
  ];
  assert.deepEqual(
    findEntries(entries, 'pay').map((one) => one.text),
    ['payment', 'prepayment', 'POST /charge', 'payment.declined'],
  );
  assert.deepEqual(
    findEntries(entries, 'post PAY').map((one) => one.text),
    ['POST /charge'],
  );
});

test('limits the entries per group', () => {
  const many = Array.from({ length: 30 }, (_, index) => entry('Services', `s${index}`));
  assert.equal(findEntries(many, '').length, 5);
});

test('extracts a trace id from pasted text', () => {
  const id = '8f31c2d07be94a51c02e7d9f5b6a1340';
  assert.equal(traceIdIn(` ${id} `), id);
  assert.equal(traceIdIn(`00-${id.toUpperCase()}-51aa7e09c4d2b8f3-01`), id);
  assert.equal(traceIdIn(`${id}0`), undefined);
  assert.equal(traceIdIn('pay'), undefined);
});
