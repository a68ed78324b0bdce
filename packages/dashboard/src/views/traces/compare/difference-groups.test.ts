import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TraceDifference } from '@otelier/query';
import { readBox, writeBox } from './box.ts';
import { addConditions, differenceConditions, groupDifferences } from './difference-groups.ts';

function difference(more: Partial<TraceDifference>): TraceDifference {
  const best = { value: '2.8.1', selected: 10, baseline: 1 };
  return {
    ...{ kind: 'attribute', service: 'payment', key: 'version', isOutcome: false, best, difference: 0.9, effect: 0.8 },
    ...{ values: [best], mark: '' },
    ...more,
  };
}

test('differences of the same traces are one row, and outcomes come last', () => {
  const groups = groupDifferences([
    difference({ key: 'error.type', isOutcome: true, mark: '1' }),
    difference({ key: 'version', mark: '2' }),
    difference({ key: 'image', mark: '2' }),
    difference({ kind: 'span', key: 'retry', mark: '3' }),
  ]);
  assert.deepEqual(
    groups.map(({ title, rows }) => [title, rows.map((row) => [row.difference.key, row.equal.map(({ key }) => key)])]),
    [
      ['Where it ran and what was asked', [['version', ['image']]]],
      ['Services and spans', [['retry', []]]],
      ['Outcome', [['error.type', []]]],
    ],
  );
});

test('a difference becomes conditions on a span of its service', () => {
  const one = difference({ kind: 'resource', key: 'service.version' });
  assert.deepEqual(differenceConditions(one, one.best), ['service = payment', 'resource.service.version = 2.8.1']);
  const range = { ...one.best, value: '8 to 16', range: { from: 8, below: 16 } };
  assert.deepEqual(differenceConditions(difference({ key: 'items' }), range), [
    'service = payment',
    'attributes.items >= 8',
    'attributes.items < 16',
  ]);
  assert.deepEqual(differenceConditions(difference({ kind: 'status', key: 'charge' }), one.best, true), [
    'service = payment',
    'name = charge',
    'status != error',
  ]);
  // All conditions apply to one span, so that none on another service remain.
  assert.deepEqual(addConditions(['service = frontend', 'duration > 1s'], ['service = payment', 'a = 1']), [
    'service = payment',
    'a = 1',
  ]);
  assert.deepEqual(addConditions(['duration > 1s'], ['service = payment']), ['duration > 1s', 'service = payment']);
});

test('a region is read as it was written, and malformed ones are ignored', () => {
  const box = { fromMillis: 1_700_000_000_000, toMillis: 1_700_000_001_000, minNanos: 0, maxNanos: 5e9 };
  assert.deepEqual(readBox(writeBox(box)), box);
  for (const text of [
    undefined,
    '',
    '1,2,3',
    '2,1,0,1',
    '1,2,5,4',
    '1,2,-1,4',
    '1,2,3,NaN',
    '1,2,3,4,5',
    '1,2,3,1e300',
  ])
    assert.equal(readBox(text), undefined);
});
