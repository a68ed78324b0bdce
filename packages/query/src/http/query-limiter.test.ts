import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createManualClock } from '@otelier/testkit/clock';
import { LIMITS } from '../api/limits.ts';
import { QueryLimiter, type SlowQuery } from './query-limiter.ts';

const query = (client: string) => ({ path: '/api/v1/red', client, parameters: { end: 5n, steps: 60 } });

test('a client cannot take all queries from the others', async () => {
  const limiter = new QueryLimiter(createManualClock());
  const { promise, resolve } = Promise.withResolvers<string>();
  const running = Array.from({ length: LIMITS.clientQueries }, () => limiter.run(query('a'), () => promise));
  await assert.rejects(
    limiter.run(query('a'), async () => 'one more'),
    { code: 'unavailable', message: /expected at most 56 queries of a client at the same time/ },
  );
  assert.equal(await limiter.run(query('b'), async () => 'other'), 'other');
  resolve('done');
  await Promise.all(running);
  assert.equal(await limiter.run(query('a'), async () => 'again'), 'again');
});

test('reports slow queries, at most one in ten seconds', async () => {
  const clock = createManualClock();
  const reported: SlowQuery[] = [];
  const limiter = new QueryLimiter(clock, (slow) => reported.push(slow));
  const run = (millis: number) => limiter.run(query('a'), () => clock.advance(millis));
  await run(LIMITS.slowQueryMillis - 1);
  assert.deepEqual(reported, []);
  for (let i = 0; i < 3; i++) await run(LIMITS.slowQueryMillis);
  await run(LIMITS.slowReportMillis);
  assert.deepEqual(
    reported.map(({ millis, unreported, parameters }) => [millis, unreported, parameters]),
    [
      [LIMITS.slowQueryMillis, 0, '{"end":"5","steps":60}'],
      [LIMITS.slowReportMillis, 2, '{"end":"5","steps":60}'],
    ],
  );
});
