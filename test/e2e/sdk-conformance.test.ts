import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { compareLeaves, explains, type Found } from './sdk-conformance/comparison.ts';
import { CONTEXT_SCENARIOS } from './sdk-conformance/context-scenarios.ts';
import { DIFFERENCES } from './sdk-conformance/differences.ts';
import { startExportSink } from './sdk-conformance/export-sink.ts';
import { type Leaf, leavesOf } from './sdk-conformance/leaves.ts';
import { LOG_SCENARIOS } from './sdk-conformance/log-scenarios.ts';
import { METRIC_SCENARIOS } from './sdk-conformance/metric-scenarios.ts';
import { PROPAGATION_SCENARIOS } from './sdk-conformance/propagation-scenarios.ts';
import { RESOURCE_SCENARIOS } from './sdk-conformance/resource-scenarios.ts';
import { SAMPLER_SCENARIOS } from './sdk-conformance/sampler-scenarios.ts';
import { lightSdk, officialSdk, type RunningSdk, type Sdk } from './sdk-conformance/sdks.ts';
import { TRACE_SCENARIOS } from './sdk-conformance/trace-scenarios.ts';

type Scenario = (sdk: Sdk) => void | Promise<void>;

/** Runs a scenario on an SDK that exports to a test server, and returns all fields that arrived. */
async function exported(
  t: TestContext,
  start: (url: string) => RunningSdk,
  scenario: Scenario,
): Promise<ReadonlyMap<string, Leaf>> {
  const sink = await startExportSink(t);
  const sdk = start(sink.url);
  // The run includes times relative to process start. SDK clocks are set once and may differ slightly from the system
  // clock.
  const from = BigInt(Math.floor(performance.timeOrigin) - 1_000) * 1_000_000n;
  await scenario(sdk);
  await sdk.shutdown();
  return leavesOf(sink.requests(), { from, to: BigInt(Date.now() + 1_000) * 1_000_000n });
}

const seen: Found[] = [];

for (const [signal, scenarios] of Object.entries({
  traces: TRACE_SCENARIOS,
  samplers: SAMPLER_SCENARIOS,
  propagation: PROPAGATION_SCENARIOS,
  context: CONTEXT_SCENARIOS,
  resource: RESOURCE_SCENARIOS,
  logs: LOG_SCENARIOS,
  metrics: METRIC_SCENARIOS,
})) {
  describe(`the light SDK exports the same as opentelemetry-js, except listed differences: ${signal}`, () => {
    for (const [name, scenario] of Object.entries(scenarios)) {
      test(name, async (t) => {
        const official = await exported(t, officialSdk, scenario);
        const ours = await exported(t, lightSdk, scenario);
        assert.ok(ours.size > 0, 'expected telemetry');
        const found = compareLeaves(`${signal}: ${name}`, official, ours);
        seen.push(...found);
        const unexplained = found.filter((one) => !DIFFERENCES.some((difference) => explains(difference, one)));
        assert.equal(unexplained.map(sentenceOf).join('\n'), '');
      });
    }
  });
}

test('every listed difference still occurs', () => {
  const stale = DIFFERENCES.filter(
    (difference) => !difference.dependsOnMachine && !seen.some((one) => explains(difference, one)),
  );
  assert.deepEqual(
    stale.map(({ path, why }) => `take off the list: ${path}: ${why}`),
    [],
  );
});

function sentenceOf({ path, official, ours }: Found): string {
  return `${path}: opentelemetry-js ${JSON.stringify(official)}, ours ${JSON.stringify(ours)}`;
}
