import { collectTelemetry, telemetryMatchers } from '@otelier/testkit/assert';
import { checkout } from './shop.mjs';

/** The same tests for the runners with `expect`. */
export function testWithMatchers({ afterAll, beforeAll, expect, test }) {
  let collector;
  expect.extend(telemetryMatchers);
  beforeAll(async () => {
    collector = await collectTelemetry();
  });
  afterAll(() => collector.stop());

  test('has the expected shape', async () => {
    await collector.clear();
    await checkout(['a', 'b']);
    const telemetry = await collector.collect();
    expect(telemetry).toHaveTrace({ name: 'POST /checkout', children: [{ name: 'SELECT products', times: 2 }] });
    expect(telemetry).not.toHaveSpans({ status: 'error' });
  });

  test('runs one query too many', async () => {
    await collector.clear();
    await checkout(['a', 'b', 'c']);
    expect(await collector.collect()).toBeWithinBudget({ queries: 2 });
  });
}
