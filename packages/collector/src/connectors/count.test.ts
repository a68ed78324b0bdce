import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Batch } from '@otelier/otlp';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { connectorContract } from '@otelier/testkit/component-contract';
import { batchOf, decodeRequest, type RequestJson } from '@otelier/testkit/request-codec';
import { attributes } from '../ottl/evaluate.testing.ts';
import { count } from './count.ts';

connectorContract(count);

/** Returns the data points derived from a batch: metric, value, attributes, start and time. */
async function counted<S extends keyof RequestJson>(signal: S, config: object, request: RequestJson[S]) {
  const bench = await createComponentBench(count, { config: { ...config }, signals: [signal] });
  await bench.start();
  const outcome = await bench.send(batchOf(signal, request));
  const points = bench.received.flatMap(pointsOf);
  await bench.close();
  return { outcome, points, received: bench.received };
}

function pointsOf({ parts }: Batch): unknown[] {
  return parts.flatMap((part) =>
    (decodeRequest('metrics', part).resourceMetrics ?? []).flatMap(({ scopeMetrics = [] }) =>
      scopeMetrics.flatMap(({ metrics = [] }) =>
        metrics.flatMap(({ name, sum }) =>
          (sum?.dataPoints ?? []).map(({ asInt, attributes: list = [] }) => [
            name,
            Number(asInt),
            ...list.map(({ key, value }) => `${key}=${Object.values(value ?? {})[0]}`),
          ]),
        ),
      ),
    ),
  );
}

const resource = { attributes: attributes({ env: 'test' }) };

const TRACES = {
  resourceSpans: [
    {
      resource,
      scopeSpans: [
        {
          scope: { name: 'lib', attributes: attributes({ team: 'a' }) },
          spans: [
            {
              name: 'x',
              startTimeUnixNano: '50',
              endTimeUnixNano: '60',
              attributes: attributes({ n: 1n }),
              events: [{ name: 'e' }, { name: 'f' }],
            },
            { name: 'y', startTimeUnixNano: '40', endTimeUnixNano: '45', attributes: attributes({ n: 2n }) },
            { name: 'z', attributes: attributes({ n: 1n }) },
          ],
        },
      ],
    },
  ],
} as RequestJson['traces'];

test('counts spans and their events without options', async () => {
  const { points, received, outcome } = await counted('traces', {}, TRACES);
  assert.deepEqual(points, [
    ['trace.span.count', 3],
    ['trace.span.event.count', 2],
  ]);
  assert.deepEqual(outcome, { kind: 'accepted' });
  const [metrics] = decodeRequest('metrics', received[0]?.parts[0] ?? new Uint8Array()).resourceMetrics ?? [];
  assert.deepEqual(metrics?.resource, resource);
  const sum = metrics?.scopeMetrics?.[0]?.metrics?.[0]?.sum;
  assert.deepEqual([sum?.aggregationTemporality, sum?.isMonotonic], [1, true]);
  const [point] = sum?.dataPoints ?? [];
  assert.deepEqual(
    [String(point?.startTimeUnixNano), String(point?.timeUnixNano)],
    ['40', '60'],
    'the range of the spans',
  );
});

test('counts by attributes of the item, its scope and its resource, or a default', async () => {
  const spans = {
    byAll: { attributes: [{ key: 'n' }, { key: 'team' }, { key: 'env' }, { key: 'zone', default_value: 7 }] },
    byMissing: { attributes: [{ key: 'missing' }] },
    ones: { conditions: ['attributes["n"] == 1', 'span.name == "none"'] },
  };
  const { points } = await counted('traces', { spans, spanevents: {} }, TRACES);
  assert.deepEqual(points, [
    ['byAll', 2, 'n=1', 'team=a', 'env=test', 'zone=7'],
    ['byAll', 1, 'n=2', 'team=a', 'env=test', 'zone=7'],
    ['ones', 2],
    ['trace.span.event.count', 2],
  ]);
});

test('counts metrics and data points', async () => {
  const metrics = [
    { name: 'a', gauge: { dataPoints: [{ asInt: 1 }, { asInt: 2 }] } },
    { name: 'b', summary: { dataPoints: [{ timeUnixNano: '7' }] } },
  ];
  const request = { resourceMetrics: [{ scopeMetrics: [{ metrics }] }] } as RequestJson['metrics'];
  assert.deepEqual((await counted('metrics', {}, request)).points, [
    ['metric.count', 2],
    ['metric.datapoint.count', 3],
  ]);
});

test('refuses a batch with a metric without data, or whose condition fails, and counts none of it later', async () => {
  const good = { name: 'a', gauge: { dataPoints: [{ asInt: 1 }] } };
  const request = (metrics: object[]) =>
    ({ resourceMetrics: [{ scopeMetrics: [{ metrics }] }] }) as RequestJson['metrics'];
  const bench = await createComponentBench(count, { signals: ['metrics'] });
  await bench.start();
  const outcome = await bench.send(batchOf('metrics', request([good, { name: 'b' }])));
  assert.deepEqual(outcome, { kind: 'refused', reason: 'metric "b": expected data, got none' });
  await bench.send(batchOf('metrics', request([good])));
  assert.deepEqual(bench.received.flatMap(pointsOf), [
    ['metric.count', 1],
    ['metric.datapoint.count', 1],
  ]);
  await bench.close();
  const failing = { logs: { a: { conditions: ['Substring(body, 5, 1) == "x"'] } } };
  const logs = {
    resourceLogs: [{ scopeLogs: [{ logRecords: [{ body: { stringValue: 'x' } }] }] }],
  } as RequestJson['logs'];
  assert.equal((await counted('logs', failing, logs)).outcome.kind, 'refused');
});

test('emits nothing if nothing is counted', async () => {
  const { received, outcome } = await counted(
    'traces',
    { spans: { a: { conditions: ['false'] } }, spanevents: { b: { conditions: ['false'] } } },
    TRACES,
  );
  assert.deepEqual([received, outcome], [[], { kind: 'accepted' }]);
});

for (const [what, config, message] of [
  ['a metric without a name', { spans: { '': {} } }, /spans.*expected a name for each metric/],
  [
    'attributes of metrics',
    { metrics: { a: { attributes: [{ key: 'x' }] } } },
    /metrics\.a\.attributes: expected no attributes/,
  ],
  [
    'an attribute without a key',
    { logs: { a: { attributes: [{ key: '' }] } } },
    /attributes\[0\]\.key: expected the key/,
  ],
  [
    'an unknown path',
    { logs: { a: { conditions: ['bodi == 1'] } } },
    /conditions\[0\]: .*unknown path "bodi".*did you mean "body"/,
  ],
] as const) {
  test(`rejects ${what}`, async () => {
    await assert.rejects(createComponentBench(count, { config: { ...config } }), message);
  });
}
