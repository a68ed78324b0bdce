import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mergeRejections, RejectedRequests } from './rejected-requests.ts';

test('keeps the latest reasons, each once with its count, in bounded memory', () => {
  let now = 0;
  const rejected = new RejectedRequests(() => now);
  assert.equal(rejected.list(), undefined);
  for (let index = 0; index < 1000; index += 1) {
    now = index;
    rejected.add({ path: '/v1/traces', status: '400', reason: `bad ${index % 10}` });
  }
  const list = rejected.list() ?? [];
  assert.equal(list.length, 8);
  assert.deepEqual(list[0], { path: '/v1/traces', status: '400', reason: 'bad 9', count: 1, atMillis: 999 });
  rejected.add({ path: '/v1/traces', status: '400', reason: 'bad 9' });
  assert.equal(rejected.list()?.[0]?.count, 2);
  rejected.add({ path: '/'.repeat(8000), status: '404', reason: 'x'.repeat(1e6) });
  const [hostile] = rejected.list() ?? [];
  assert.ok((hostile?.path.length ?? 0) <= 201 && (hostile?.reason.length ?? 0) <= 201);
});

test('merges the reasons of threads', () => {
  const entry = { path: '/v1/logs', status: '415', reason: 'expected JSON' };
  const merged = mergeRejections(
    [{ ...entry, count: 2, atMillis: 5 }],
    [
      { ...entry, count: 1, atMillis: 9 },
      { ...entry, path: '/v1/trace', count: 1, atMillis: 7 },
    ],
  );
  assert.deepEqual(
    merged?.map(({ path, count, atMillis }) => [path, count, atMillis]),
    [
      ['/v1/logs', 3, 9],
      ['/v1/trace', 1, 7],
    ],
  );
  assert.equal(mergeRejections(undefined, undefined), undefined);
});
