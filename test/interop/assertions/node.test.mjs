import { after, before, test } from 'node:test';
import { assertBudget, assertTrace, collectTelemetry, snapshotOf } from '@otelier/testkit/assert';
import { checkout } from './shop.mjs';

let collector;
before(async () => {
  collector = await collectTelemetry();
});
after(() => collector.stop());

test('has the expected shape', async (t) => {
  await collector.clear();
  await checkout(['a', 'b']);
  const telemetry = await collector.collect();
  assertTrace(telemetry, { name: 'POST /checkout', children: [{ name: 'SELECT products', times: 2 }] });
  t.assert.equal(snapshotOf(telemetry).traces.length, 1);
});

test('runs one query too many', async () => {
  await collector.clear();
  await checkout(['a', 'b', 'c']);
  assertBudget(await collector.collect(), { queries: 2 });
});
