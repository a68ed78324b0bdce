import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SharedThings } from './leases.ts';

function counting() {
  const log: string[] = [];
  const open = async () => {
    log.push('open');
    return { close: async () => void log.push('close') };
  };
  return { log, open };
}

test('opens once for all who share, and closes with the last of them', async () => {
  const things = new SharedThings();
  const { log, open } = counting();
  const [first, second] = await Promise.all([things.share('a', open), things.share('a', open)]);
  assert.equal(first.value, second.value);
  await first.release();
  await first.release();
  assert.deepEqual(log, ['open']);
  await second.release();
  assert.deepEqual(log, ['open', 'close']);
});

test('opens again only when the former one is closed', async () => {
  const things = new SharedThings();
  const { log, open } = counting();
  const lease = await things.share('a', open);
  const released = lease.release();
  const again = await things.share('a', open);
  await released;
  await again.release();
  assert.deepEqual(log, ['open', 'close', 'open', 'close']);
});

test('tells everyone of a failure to open, and tries anew', async () => {
  const things = new SharedThings();
  const { open } = counting();
  const fail = () => Promise.reject(new Error('locked'));
  await Promise.all([
    assert.rejects(things.share('a', fail), /locked/),
    assert.rejects(things.share('a', fail), /locked/),
  ]);
  const lease = await things.share('a', open);
  await lease.release();
});
