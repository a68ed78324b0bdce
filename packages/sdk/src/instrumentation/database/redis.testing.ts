import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { SpanStatusCode } from '@opentelemetry/api';
import { startRecorder } from '../subject.testing.ts';
import { instrumentRedis } from './redis.ts';

/** Checks the spans of the commands that `test/interop/instrumentation/libraries/redis.test.mjs` sends, or of their recording. */
export async function checkRedis(t: TestContext, run: () => Promise<void>, port: number): Promise<void> {
  const recorder = startRecorder(t);
  const undo = instrumentRedis(recorder.options);
  t.after(undo);
  await run();
  const all = await recorder.spans(9);
  assert.deepEqual(
    all.map(({ name, attributes, status: { code } }) => [
      name,
      attributes['db.query.text'],
      attributes['db.operation.batch.size'],
      code === SpanStatusCode.ERROR ? attributes['error.type'] : undefined,
    ]),
    [
      ['FLUSHDB 1', 'FLUSHDB', undefined, undefined],
      ['SET 1', 'SET ?', undefined, undefined],
      ['GET 1', 'GET ?', undefined, undefined],
      ['MULTI 1', 'MULTI', 2, undefined],
      ['PIPELINE 1', 'PIPELINE', 2, undefined],
      ['LPUSH 1', 'LPUSH ?', undefined, 'WRONGTYPE'],
      ['MULTI 1', 'MULTI', 2, 'WRONGTYPE'],
      ['PING 1', 'PING', undefined, undefined],
      ['GET 1', 'GET ?', undefined, 'Error'],
    ],
  );
  assert.deepEqual(all[1]?.attributes, {
    'db.system.name': 'redis',
    'db.namespace': '1',
    'db.operation.name': 'SET',
    'db.query.text': 'SET ?',
    'server.address': 'localhost',
    'server.port': port,
  });
  assert.doesNotMatch(JSON.stringify(all.map(({ attributes, events }) => [attributes, events])), /secret/);
  const durations = await recorder.points('db.client.operation.duration');
  assert.deepEqual(
    durations
      .filter(({ attributes }) => attributes['error.type'] === 'WRONGTYPE')
      .map(({ attributes }) => attributes['db.operation.name']),
    ['LPUSH', 'MULTI'],
  );
}
