import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TapCounts, TappedItem } from '@otelier/query';
import { addEvents, EMPTY_TAP, MAX_ITEMS, type TapEvent } from './tap-buffer.ts';

const item = (index: number): TapEvent => ({ event: 'item', data: { index } as TappedItem });
const counts = (shownItems: number): TapEvent => ({ event: 'counts', data: { shownItems } as TapCounts });

test('holds the newest items, and accounts for the others at each report', () => {
  const events = Array.from({ length: MAX_ITEMS + 30 }, (_, index) => item(index));
  const first = addEvents(
    EMPTY_TAP,
    [...events.slice(0, 100), counts(107), { event: 'skipped', data: { count: 7 } }],
    5,
  );
  assert.deepEqual([first.items.length, first.items[0]?.index, first.letGo, first.skipped], [100, 99, 0, 7]);
  assert.deepEqual(first.balance, { counts: { shownItems: 107 }, held: 100, letGo: 0, skipped: 0, atMillis: 5 });
  const last = addEvents(first, [...events.slice(100), counts(MAX_ITEMS + 37), item(9000)], 6);
  assert.deepEqual([last.items.length, last.items[0]?.index, last.letGo], [MAX_ITEMS, 9000, 31]);
  const { balance } = last;
  assert.ok(balance);
  assert.equal(balance.counts.shownItems, balance.held + balance.letGo + balance.skipped);
});
