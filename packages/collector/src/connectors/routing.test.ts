import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Batch, Outcome } from '@otelier/otlp';
import { type ComponentBench, createComponentBench } from '@otelier/testkit/component-bench';
import { connectorContract } from '@otelier/testkit/component-contract';
import { createRandom, type Random } from '@otelier/testkit/otlp/random';
import type { TracesJson } from '@otelier/testkit/otlp-json';
import { batchOf, decodeRequest } from '@otelier/testkit/request-codec';
import { attributes } from '../ottl/evaluate.testing.ts';
import { routing } from './routing.ts';

const CATCH_ALL = { table: [{ condition: 'true', pipelines: ['traces/out'] }] };

connectorContract(routing, {
  signals: ['traces'],
  outputs: { traces: ['out', 'test', 'errors'] },
  config: CATCH_ALL,
});

function open(
  config: object,
  outputs: readonly string[] = ['a', 'b', 'c'],
  signal: 'traces' | 'logs' | 'metrics' = 'traces',
) {
  return createComponentBench(routing, {
    config: { ...config },
    signals: [signal],
    outputs: { [signal]: outputs },
  });
}

/** Returns a request with spans by resource environment. */
function request(spansByEnvironment: Record<string, readonly string[]>): TracesJson {
  return {
    resourceSpans: Object.entries(spansByEnvironment).map(([env, names]) => ({
      resource: { attributes: attributes({ env }) },
      scopeSpans: [{ scope: { name: 'lib' }, spans: names.map((name) => ({ name })) }],
    })),
  } as TracesJson;
}

function spanNames(bench: ComponentBench, pipeline: string): string[] {
  return bench.receivedBy(pipeline).flatMap(namesOf);
}

function namesOf({ parts }: Batch): string[] {
  return parts.flatMap((part) =>
    (decodeRequest('traces', part).resourceSpans ?? []).flatMap(({ scopeSpans = [] }) =>
      scopeSpans.flatMap(({ spans = [] }) => spans.map(({ name = '' }) => name)),
    ),
  );
}

async function routed(config: object, input: TracesJson, outputs = ['a', 'b', 'c']) {
  const bench = await open(config, outputs);
  await bench.start();
  const outcome = await bench.send(batchOf('traces', input));
  const names = Object.fromEntries(outputs.map((name) => [name, spanNames(bench, name)]));
  const dropped = bench.dropped();
  await bench.close();
  return { outcome, names, dropped, bench };
}

test('moves resources by the first condition that matches, and the rest to the default pipelines', async () => {
  const config = {
    default_pipelines: ['traces/c'],
    table: [
      { condition: 'resource.attributes["env"] == "x"', pipelines: ['traces/a'] },
      { condition: 'attributes["env"] != "z"', pipelines: ['traces/b'] },
    ],
  };
  const { names, outcome } = await routed(config, request({ x: ['x1', 'x2'], y: ['y1'], z: ['z1'] }));
  assert.equal(outcome.kind, 'accepted');
  assert.deepEqual(names, { a: ['x1', 'x2'], b: ['y1'], c: ['z1'] });
});

test('copies matching items, which later routes see as well', async () => {
  const config = {
    default_pipelines: ['traces/c'],
    table: [
      { condition: 'IsMatch(span.name, "1$")', action: 'copy', pipelines: ['traces/a', 'traces/b'] },
      { condition: 'span.name == "x1"', pipelines: ['traces/b'] },
    ],
  };
  const { names } = await routed(config, request({ x: ['x1', 'x2'], y: ['y1'] }));
  assert.deepEqual(names, { a: ['x1', 'y1'], b: ['x1', 'y1', 'x1'], c: ['x2', 'y1'] });
});

test('forwards a batch that goes one way as it is', async () => {
  const bench = await open({ table: [{ condition: 'resource.attributes["env"] == "x"', pipelines: ['traces/a'] }] });
  await bench.start();
  const batch = batchOf('traces', request({ x: ['x1'] }));
  await bench.send(batch);
  assert.equal(bench.receivedBy('a')[0], batch);
  await bench.close();
});

test('drops what no route takes without default pipelines, and counts it', async () => {
  const config = { table: [{ condition: 'span.name == "x1"', pipelines: ['traces/a'] }] };
  const { names, dropped, outcome } = await routed(config, request({ x: ['x1', 'x2', 'x3'] }));
  assert.equal(outcome.kind, 'accepted');
  assert.deepEqual([names['a'], dropped], [['x1'], { unrouted: 2 }]);
});

test('runs statements that delete attributes, whose effect later routes see', async () => {
  const config = {
    default_pipelines: ['traces/c'],
    table: [
      {
        statement: 'delete_key(resource.attributes, "env") where resource.attributes["env"] == "x"',
        action: 'copy',
        pipelines: ['traces/a'],
      },
      { condition: 'resource.attributes["env"] == nil', pipelines: ['traces/b'] },
    ],
  };
  const { names, bench } = await routed(config, request({ x: ['x1'], y: ['y1'] }));
  assert.deepEqual(names, { a: ['x1'], b: ['x1'], c: ['y1'] });
  const [copied] = bench.receivedBy('a');
  assert.deepEqual(
    decodeRequest('traces', copied?.parts[0] ?? new Uint8Array()).resourceSpans?.[0]?.resource ?? {},
    {},
  );
});

test('routes by headers of the request, in both notations', async () => {
  const bench = await open({
    default_pipelines: ['traces/c'],
    table: [
      { context: 'request', condition: 'request["X-Tenant"] == "acme"', pipelines: ['traces/a'] },
      { condition: 'otelcol.client.metadata["X-Tenant"][0] == "ecorp"', pipelines: ['traces/b'] },
    ],
  });
  await bench.start();
  for (const tenant of ['acme', 'ecorp', 'other']) {
    const batch = batchOf('traces', request({ x: [tenant] }));
    await bench.send({ ...batch, context: { ...batch.context, metadata: { 'x-tenant': [tenant] } } });
  }
  await bench.send(batchOf('traces', request({ x: ['none'] })));
  assert.deepEqual(
    ['a', 'b', 'c'].map((name) => spanNames(bench, name)),
    [['acme'], ['ecorp'], ['other', 'none']],
  );
  await bench.close();
});

test('a failing condition does not match, or refuses the batch with error_mode propagate', async () => {
  const table = [{ condition: 'Int(span.name) + span.attributes["n"] == 1', pipelines: ['traces/a'] }];
  const config = { default_pipelines: ['traces/c'], table };
  const ignored = await routed(config, request({ x: ['x1'] }));
  assert.deepEqual(ignored.names['c'], ['x1']);
  const propagated = await routed({ ...config, error_mode: 'propagate' }, request({ x: ['x1'] }));
  assert.equal(propagated.outcome.kind, 'refused');
  assert.deepEqual(propagated.names['c'], []);
});

test('routes metrics and data points', async () => {
  const config = {
    default_pipelines: ['metrics/c'],
    table: [
      { condition: 'metric.name == "m1"', pipelines: ['metrics/a'] },
      { condition: 'datapoint.value_int == 2', pipelines: ['metrics/b'] },
    ],
  };
  const bench = await open(config, ['a', 'b', 'c'], 'metrics');
  await bench.start();
  const points = { dataPoints: [{ asInt: 1 }, { asInt: 2 }] };
  const metrics = [
    { name: 'm1', gauge: points },
    { name: 'm2', sum: points },
  ];
  await bench.send(batchOf('metrics', { resourceMetrics: [{ scopeMetrics: [{ metrics }] }] }));
  const shown = ['a', 'b', 'c'].map((name) =>
    bench
      .receivedBy(name)
      .flatMap(({ parts, itemCount }) => [
        itemCount,
        ...parts.map(
          (part) => decodeRequest('metrics', part).resourceMetrics?.[0]?.scopeMetrics?.[0]?.metrics?.[0]?.name,
        ),
      ]),
  );
  assert.deepEqual(shown, [
    [2, 'm1'],
    [1, 'm2'],
    [1, 'm2'],
  ]);
  await bench.close();
});

for (const [what, config, message] of [
  [
    'an unknown pipeline',
    { table: [{ condition: 'true', pipelines: ['traces/aa'] }] },
    /table\[0\]\.pipelines.*traces\/aa"/,
  ],
  [
    'an unknown default pipeline',
    { ...CATCH_ALL, default_pipelines: ['traces/zz'] },
    /default_pipelines.*expected a pipeline of traces that has tested as a receiver/,
  ],
  [
    'a pipeline of no signal',
    { table: [{ condition: 'true', pipelines: ['spans'] }] },
    /pipelines\[0\]: expected the ID of a pipeline/,
  ],
  ['an empty table', { table: [] }, /table: expected at least one route/],
  ['no pipelines', { table: [{ condition: 'true', pipelines: [] }] }, /expected at least one pipeline/],
  ['no condition', { table: [{ pipelines: ['traces/a'] }] }, /expected a condition or a statement/],
  [
    'a condition and a statement',
    { table: [{ condition: 'true', statement: 'route()', pipelines: ['traces/a'] }] },
    /expected either a condition or a statement/,
  ],
  [
    'an unknown path',
    { table: [{ condition: 'span.nam == "x"', pipelines: ['traces/a'] }] },
    /unknown path "nam".*did you mean "name"/,
  ],
  [
    'another editor',
    { table: [{ statement: 'set(span.name, "x")', pipelines: ['traces/a'] }] },
    /got set, at character 1/,
  ],
  [
    'a request statement',
    { table: [{ context: 'request', statement: 'route()', pipelines: ['traces/a'] }] },
    /expected a condition instead of a statement/,
  ],
  [
    'two comparisons of a request',
    { table: [{ context: 'request', condition: 'request["a"] == "b" == "c"', pipelines: ['traces/a'] }] },
    /expected a condition such as request/,
  ],
] as const) {
  test(`rejects ${what}, at its place`, async () => {
    await assert.rejects(open(config), message);
  });
}

interface GeneratedSpan {
  readonly env: string;
  readonly n: number;
  readonly name: string;
}

function generateSpans(random: Random): GeneratedSpan[][] {
  return Array.from({ length: random(4) + 1 }, (_, resource) => {
    const env = ['x', 'y', 'z'][random(3)] ?? 'x';
    return Array.from({ length: random(8) }, (_none, i) => ({ env, n: random(5), name: `${resource}.${i}` }));
  });
}

/** Returns a request with one resource per list of spans, and two spans per scope. */
function requestOf(resources: readonly (readonly GeneratedSpan[])[]): TracesJson {
  const scopesOf = (spans: readonly GeneratedSpan[]) =>
    [0, 1, 2, 3].map((scope) => ({
      scope: { name: `s${scope}` },
      spans: spans
        .slice(scope * 2, scope * 2 + 2)
        .map(({ name, n }) => ({ name, attributes: attributes({ n: BigInt(n) }) })),
    }));
  return {
    resourceSpans: resources.map((spans) => ({
      resource: { attributes: attributes({ env: spans[0]?.env ?? 'x' }) },
      scopeSpans: scopesOf(spans),
    })),
  } as TracesJson;
}

function generateRoute(random: Random) {
  const n = random(5);
  const env = ['x', 'y', 'z'][random(3)] ?? 'x';
  const row = {
    action: random(2) === 0 ? 'copy' : 'move',
    pipelines: [['traces/a'], ['traces/b'], ['traces/a', 'traces/b']][random(3)] ?? [],
  };
  if (random(2) === 0)
    return {
      row: { ...row, condition: `resource.attributes["env"] == "${env}"` },
      matches: (span: GeneratedSpan) => span.env === env,
    };
  return {
    row: { ...row, condition: `span.attributes["n"] <= ${n}` },
    matches: (span: GeneratedSpan) => span.n <= n,
  };
}

/** Returns the pipelines that receive a span. */
function pipelinesOf(span: GeneratedSpan, routes: readonly ReturnType<typeof generateRoute>[]): string[] {
  const taken: string[] = [];
  for (const { row, matches } of routes) {
    if (!matches(span)) continue;
    taken.push(...row.pipelines);
    if (row.action === 'move') return taken;
  }
  return [...taken, 'traces/c'];
}

test('every generated item reaches the pipelines that the table names', async () => {
  for (let seed = 1; seed <= 60; seed++) {
    const random = createRandom(seed);
    const spans = generateSpans(random);
    const all = Array.from({ length: random(5) + 1 }, () => generateRoute(random));
    const rows = all.map(({ row }) => row);
    const first = (condition: string) => rows.findIndex((row) => row.condition === condition);
    const routes = all.filter(({ row }, index) => first(row.condition) === index);
    const { names } = await routed({ default_pipelines: ['traces/c'], table: rows }, requestOf(spans));
    for (const name of ['a', 'b', 'c']) {
      const count = (span: GeneratedSpan) => pipelinesOf(span, routes).filter((id) => id === `traces/${name}`).length;
      const expected = spans.flat().flatMap((span) => Array.from({ length: count(span) }, () => span.name));
      assert.deepEqual(names[name]?.toSorted(), expected.toSorted(), `seed ${seed}, ${name}: ${JSON.stringify(rows)}`);
    }
  }
});

test('asks the sender to retry only if nothing was delivered', async () => {
  const config = {
    table: [{ condition: 'span.name == "x1"', pipelines: ['traces/a'] }],
    default_pipelines: ['traces/b'],
  };
  const bench = await open(config);
  await bench.start();
  const responses: Record<string, Outcome[]> = {
    a: [],
    b: [{ kind: 'retry', afterMillis: 20, reason: 'full' }],
  };
  bench.response = (_batch, pipeline) => responses[pipeline]?.shift() ?? { kind: 'accepted' };
  const sent = bench.send(batchOf('traces', request({ x: ['x1', 'x2'] })));
  let outcome: Outcome | undefined;
  void sent.then((result) => {
    outcome = result;
  });
  while (outcome === undefined) await bench.clock.advance(20);
  assert.deepEqual(outcome, { kind: 'accepted' });
  assert.deepEqual([spanNames(bench, 'a'), spanNames(bench, 'b')], [['x1'], ['x2', 'x2']]);
  await bench.close();
});
