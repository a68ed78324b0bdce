import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSearch, readSearch, stringifySearch } from '../data/search.ts';
import { lengthOf, refreshMillis, shifted, windowOf } from './range.ts';

const NOW = 1_795_512_666_587;

test('a relative range ends on a step boundary, so that bars keep their bounds', () => {
  const shown = windowOf({ last: '30m' }, NOW);
  assert.equal(shown.stepMillis, 30_000);
  assert.equal(shown.endMillis % 30_000, 0);
  assert.ok(shown.endMillis >= NOW && shown.endMillis - NOW < 30_000);
  assert.equal(shown.endMillis - shown.startMillis, 1_800_000);
  assert.equal(shown.steps, 60);
  assert.ok(shown.live);
  assert.deepEqual(windowOf({ last: '30m' }, NOW + 1000).startMillis, shown.startMillis);
});

test('a paused range is frozen and an exact range is shown as it is', () => {
  assert.equal(windowOf({ at: NOW }, NOW + 1e6).nowMillis, NOW);
  assert.equal(windowOf({ at: NOW }, NOW + 1e6).live, false);
  const exact = windowOf({ from: 1000, to: 4000 }, NOW);
  assert.deepEqual([exact.startMillis, exact.endMillis, exact.live], [1000, 4000, false]);
  assert.equal(lengthOf({ from: 5000, to: 4000 }), 900_000, 'ignores an exact range that ends before it starts');
});

test('moves by its own length and becomes live at the present', () => {
  assert.equal(shifted({ last: '5m' }, -1, NOW).at, NOW - 300_000);
  assert.equal(shifted({ last: '5m', at: NOW - 300_000 }, 1, NOW + 4000).at, undefined);
  assert.equal(shifted({ last: '5m', at: NOW - 900_000 }, 1, NOW).at, NOW - 600_000);
  assert.deepEqual(shifted({ from: 1000, to: 4000 }, -1, NOW), { from: -2000, to: 1000 });
});

test('refreshes at most once a second and at least twice a minute', () => {
  assert.equal(refreshMillis(60_000), 1000);
  assert.equal(refreshMillis(1_800_000), 5000);
  assert.equal(refreshMillis(7 * 86_400_000), 30_000);
});

test('the search round-trips lists, numbers and text and ignores unknown parameters', () => {
  const search = readSearch({ where: 'service = a', at: '12', last: '1h', trace: '', evil: '<b>', from: 'x' });
  assert.deepEqual(search, { where: ['service = a'], at: 12, last: '1h' });
  const text = stringifySearch({ where: ['a = b & c', 'd ~ ^(x|y)$'], at: 12, text: undefined });
  assert.deepEqual(readSearch(parseSearch(text)), { where: ['a = b & c', 'd ~ ^(x|y)$'], at: 12 });
});
