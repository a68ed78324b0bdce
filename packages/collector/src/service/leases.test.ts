import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LeasedResources } from './leases.ts';

function counting() {
  const log: string[] = [];
  const open = async () => {
    log.push('open');
    return { close: async () => void log.push('close') };
  };
  return { log, open };
}

test('opens a resource once and closes it with the last lease', async () => {
  const things = new LeasedResources();
  const { log, open } = counting();
  const [first, second] = await Promise.all([things.share('a', open), things.share('a', open)]);
  assert.equal(first.value, second.value);
  await first.release();
  await first.release();
  assert.deepEqual(log, ['open']);
  await second.release();
  assert.deepEqual(log, ['open', 'close']);
});

test('reopens a resource only after it is closed', async () => {
  const things = new LeasedResources();
  const { log, open } = counting();
  const lease = await things.share('a', open);
  const released = lease.release();
  const again = await things.share('a', open);
  await released;
  await again.release();
  assert.deepEqual(log, ['open', 'close', 'open', 'close']);
});

test('rejects all pending leases when opening fails, and retries on the next', async () => {
  const things = new LeasedResources();
  const { open } = counting();
  const fail = () => Promise.reject(new Error('locked'));
  await Promise.all([
    assert.rejects(things.share('a', fail), /locked/),
    assert.rejects(things.share('a', fail), /locked/),
  ]);
  const lease = await things.share('a', open);
  await lease.release();
});
