import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createManualClock } from '@otelier/testkit/clock';
import { LIMITS } from '../api/limits.ts';
import type { QueryLimits, TenantsView } from '../endpoints/endpoint.ts';
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

/** Limits of the tenant `acme`, which a test changes. */
function tenantsWith(limits: { current: QueryLimits }): TenantsView {
  const queried: TenantsView['queried'] = () => undefined;
  return { limitsOf: (tenant: string) => (tenant === 'acme' ? limits.current : {}), queried } as unknown as TenantsView;
}

test('limits the queries of a tenant at the same time: below, at and above, until the limit is removed', async () => {
  const limits: { current: QueryLimits } = { current: { concurrentQueries: 2 } };
  const limiter = new QueryLimiter(createManualClock(), undefined, tenantsWith(limits));
  const held = Promise.withResolvers<string>();
  const run = (tenant: string) => limiter.run({ ...query('a'), tenant }, () => held.promise);
  const running = [run('acme'), run('acme')];
  await assert.rejects(run('acme'), {
    ...{ code: 'too_many_requests', message: /expected at most 2 queries of tenant acme at the same time/ },
  });
  running.push(run('umbra'), run('umbra'), run('umbra'));
  limits.current = {};
  running.push(run('acme'));
  held.resolve('done');
  await Promise.all(running);
  limits.current = { concurrentQueries: 1 };
  assert.equal(await limiter.run({ ...query('a'), tenant: 'acme' }, async () => 'again'), 'again');
});

test('limits the duration of the queries of a tenant: below, at and above, until the limit is removed', async () => {
  const limits: { current: QueryLimits } = { current: { queryMillis: 500 } };
  const clock = createManualClock();
  const limiter = new QueryLimiter(clock, undefined, tenantsWith(limits));
  const run = async (tenant: string, millis: number) => {
    const held = Promise.withResolvers<string>();
    const running = limiter.run({ ...query('a'), tenant }, () => held.promise).catch(({ message }) => String(message));
    await clock.advance(millis);
    held.resolve('in time');
    return running;
  };
  assert.equal(await run('acme', 499), 'in time');
  for (const millis of [500, 501]) assert.match(await run('acme', millis), /the query took longer than 0.5 seconds/);
  assert.equal(await run('umbra', 501), 'in time');
  limits.current = {};
  assert.equal(await run('acme', 501), 'in time');
});
