import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Batch } from '@otelier/otlp';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { keyValues } from '@otelier/testkit/otlp-json';
import { batchOf } from '@otelier/testkit/request-codec';
import type { Definition } from '../component/define.ts';
import { registry } from '../registry.generated.ts';

const TENANTS = ['acme', 'umbra'] as const;
const START = 1_700_000_000_000;
const nanos = (millis: number): string => `${BigInt(START + millis) * 1_000_000n}`;

/** Returns telemetry of every signal with equal IDs, series and times for each tenant, and names that only it has. */
function telemetryOf(tenant: string, round: number): readonly Batch[] {
  const options = { tenant, arrivalMillis: START };
  const resource = { attributes: keyValues({ 'service.name': `service-of-${tenant}` }) };
  const attributes = keyValues({ owner: `item-of-${tenant}`, 'http.route': '/cart', 'server.address': 'db' });
  const spans = [0, 1].map((i) => ({
    ...{ traceId: `${round}`.padStart(32, 'a'), spanId: `${i + 1}`.padStart(16, '0'), name: 'GET /cart', kind: 2 + i },
    ...(i > 0 && { parentSpanId: '1'.padStart(16, '0') }),
    ...{ startTimeUnixNano: nanos(round), endTimeUnixNano: nanos(round + 900), attributes, status: { code: 2 } },
    events: [{ timeUnixNano: nanos(round), name: 'exception', attributes: keyValues({ 'exception.type': 'Timeout' }) }],
  }));
  const logRecords = [{ timeUnixNano: nanos(round), severityNumber: 17, body: { stringValue: 'failed' }, attributes }];
  const dataPoints = [{ startTimeUnixNano: nanos(0), timeUnixNano: nanos(round), asInt: round, attributes }];
  const sum = { aggregationTemporality: 2, isMonotonic: true, dataPoints };
  return [
    batchOf('traces', { resourceSpans: [{ resource, scopeSpans: [{ spans }] }] }, options),
    batchOf('logs', { resourceLogs: [{ resource, scopeLogs: [{ logRecords }] }] }, options),
    batchOf(
      'metrics',
      { resourceMetrics: [{ resource, scopeMetrics: [{ metrics: [{ name: 'requests', unit: '', sum }] }] }] },
      options,
    ),
  ];
}

/** Components whose examples need files, servers or pipelines of other names. They pass on batches as a whole or item by item. */
const SKIPPED: ReadonlySet<string> = new Set(['function', 'geoip', 'k8s_attributes', 'lookup', 'failover', 'routing']);

const components = [...Object.entries(registry.processor), ...Object.entries(registry.connector)];

test('no processor or connector mixes telemetry of tenants, or passes it on as that of another', async () => {
  const skipped = new Set<string>();
  let items = 0;
  for (const [type, { load }] of components) {
    const definition = (await load()) as Definition;
    if (SKIPPED.has(type)) continue;
    const failure = await check(type, definition).catch((error: unknown) => `${type}: ${String(error)}`);
    if (typeof failure === 'string') skipped.add(failure);
    else items += failure;
  }
  assert.deepEqual([...skipped], []);
  assert.ok(items > components.length * 10, String(items));
});

async function check(type: string, definition: Definition): Promise<number> {
  const { config = {} } = definition.examples[0] ?? {};
  const signals = definition.kind === 'processor' ? definition.signals : undefined;
  const bench = await createComponentBench(definition, {
    ...{ config, startMillis: START, random: () => 0.01 },
    ...(signals !== undefined && { signals: signals.filter((signal) => signal !== 'profiles') }),
  });
  await bench.start();
  try {
    for (let round = 1; round <= 3; round++) {
      for (const tenant of TENANTS) {
        for (const batch of telemetryOf(tenant, round)) {
          if (accepts(definition, batch)) void bench.send(batch);
        }
      }
      await bench.clock.advance(30_000);
    }
  } finally {
    await bench.close();
  }
  for (const { context, parts, signal } of bench.received) {
    const other = TENANTS.find((tenant) => tenant !== context.tenant);
    const text = Buffer.concat(parts).toString('latin1');
    assert.ok(
      TENANTS.some((tenant) => tenant === context.tenant),
      `${type}: ${signal} of tenant ${context.tenant}`,
    );
    assert.ok(!text.includes(`of-${other}`), `${type}: ${signal} of ${context.tenant} has items of ${other}`);
  }
  return bench.received.reduce((sum, { itemCount }) => sum + itemCount, 0);
}

function accepts(definition: Definition, { signal }: Batch): boolean {
  if (definition.kind === 'connector') return Object.hasOwn(definition.joins, signal);
  return definition.kind === 'processor' && definition.signals.includes(signal);
}
