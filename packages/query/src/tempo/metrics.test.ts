import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startTestApi, type TestApi } from '@otelier/testkit/memory-api';
import { keyValues, type PlainValue, type SpanJson } from '@otelier/testkit/otlp-json';
import { batchOf } from '@otelier/testkit/request-codec';

const START = 1_700_000_040;
const at = (millis: number): string => `${BigInt(START) * 1_000_000_000n + BigInt(millis) * 1_000_000n}`;

let spans = 0;
function span(
  startMillis: number,
  millis: number,
  route: string,
  attributes: Record<string, PlainValue> = {},
): SpanJson {
  spans += 1;
  return {
    ...{
      traceId: spans.toString(16).padStart(32, 'a'),
      spanId: spans.toString(16).padStart(16, 'b'),
      name: route,
      kind: 2,
    },
    ...{ startTimeUnixNano: at(startMillis), endTimeUnixNano: at(startMillis + millis) },
    attributes: keyValues({ route, ...attributes }),
    ...(attributes['bad'] === true && { status: { code: 2 } }),
    events:
      attributes['bad'] === true
        ? [{ name: 'exception', timeUnixNano: at(startMillis), attributes: keyValues({ type: 'Timeout' }) }]
        : [],
  };
}

let server: TestApi;
before(async () => {
  server = await startTestApi();
  const resource = { attributes: keyValues({ 'service.name': 'shop', zone: 'eu' }) };
  const scope = { name: 'http', version: '1', attributes: keyValues({ lang: 'js' }) };
  const all = [
    span(10_000, 100, '/cart', { size: 10 }),
    span(20_000, 300, '/cart', { size: 30, bad: true }),
    span(30_000, 200, '/pay', { size: 2.5 }),
    // The end of an interval belongs to it.
    span(60_000, 400, '/pay'),
    span(70_000, 500, '/cart', { size: 7 }),
  ];
  await server.store.append(batchOf('traces', { resourceSpans: [{ resource, scopeSpans: [{ scope, spans: all }] }] }));
});
after(async () => {
  await server.shutdown(0);
  assert.deepEqual(server.errors, []);
});

const call = (path: string): Promise<Response> => fetch(`${server.url}/tempo/api/${path}`);
const RANGE = { start: `${START}`, end: `${START + 120}`, step: '60s' };

interface Series {
  readonly promLabels: string;
  readonly samples: readonly { readonly timestampMs: string; readonly value: number }[];
  readonly exemplars?: readonly {
    readonly value: number;
    readonly labels: readonly { key: string; value: object }[];
  }[];
  readonly value: number;
}

async function series(q: string, parameters: Record<string, string> = {}): Promise<readonly Series[]> {
  const response = await call(`metrics/query_range?${new URLSearchParams({ ...RANGE, q, ...parameters })}`);
  const text = await response.text();
  assert.equal(response.status, 200, text);
  return (JSON.parse(text) as { readonly series: readonly Series[] }).series;
}

/** Returns the values of series by their labels. */
async function values(q: string): Promise<Record<string, readonly number[]>> {
  return Object.fromEntries(
    (await series(q)).map(({ promLabels, samples }) => [promLabels, samples.map(({ value }) => value)]),
  );
}

test('rates and counts are series over aligned intervals', async () => {
  const [one] = await series('{} | count_over_time()');
  assert.deepEqual(
    one?.samples,
    [0, 4, 1].map((value, index) => ({ timestampMs: `${(START + index * 60) * 1000}`, value })),
  );
  assert.equal(one?.promLabels, '{__name__="count_over_time"}');
  assert.deepEqual(await values('{} | rate() by (span.route)'), {
    '{"span.route"="/cart"}': [0, 2 / 60, 1 / 60],
    '{"span.route"="/pay"}': [0, 2 / 60, 0],
  });
  assert.deepEqual(await values('{ status = error } | count_over_time() by (event.type, resource.missing)'), {
    '{"event.type"="Timeout"}': [0, 1, 0],
  });
});

test('values of attributes are aggregated; durations are in seconds', async () => {
  const only = async (q: string): Promise<readonly number[]> => Object.values(await values(q))[0] ?? [];
  assert.deepEqual(await only('{} | min_over_time(duration)'), [0.1, 0.5]);
  assert.deepEqual(await only('{} | max_over_time(span.size)'), [30, 7]);
  assert.deepEqual(await only('{} | sum_over_time(span.size)'), [42.5, 7]);
  assert.deepEqual(await only('{} | avg_over_time(duration)'), [0.25, 0.5]);
  assert.deepEqual(await values('{ span.route = "/pay" } | histogram_over_time(duration)'), {
    '{__bucket="0.268435456"}': [0, 1, 0],
    '{__bucket="0.536870912"}': [0, 1, 0],
  });
  const [p0, p100] = await series('{} | quantile_over_time(duration, 0, 1)');
  assert.deepEqual([p0?.promLabels, p100?.promLabels], ['{p="0"}', '{p="1"}']);
  assert.deepEqual(
    p100?.samples.map(({ value }) => value),
    [0, 0.536870912, 0.536870912],
  );
});

test('second stages and arithmetic apply to series', async () => {
  assert.deepEqual(await values('{} | count_over_time() by (span.route) | topk(1)'), {
    '{"span.route"="/cart"}': [0, 2, 1],
  });
  assert.deepEqual(await values('{} | count_over_time() by (span.route) | bottomk(1)'), {
    '{"span.route"="/cart"}': [0, 2],
    '{"span.route"="/pay"}': [0],
  });
  assert.deepEqual(await values('{} | count_over_time() > 1'), { '{__name__="count_over_time"}': [4] });
  assert.deepEqual(await values('({ status = error } | count_over_time()) / ({} | count_over_time()) * 100'), {
    '{__name__="(count_over_time / count_over_time)"}': [25, 0],
  });
  assert.deepEqual(await values('1 - ({} | count_over_time() by (span.route)) | topk(1)'), {
    '{"span.route"="/cart"}': [1, -1],
    '{"span.route"="/pay"}': [1],
  });
});

test('compare counts the values of attributes in a selection and elsewhere', async () => {
  const compared = await values('{} | compare({ status = error }, 1)');
  assert.deepEqual(compared['{__meta_type="selection", "span.route"="/cart"}'], [0, 1, 0]);
  assert.deepEqual(compared['{__meta_type="baseline_total", "span.route"="<nil>"}'], [0, 3, 1]);
  assert.equal(compared['{__meta_type="baseline", "span.route"="/cart"}']?.[1], 1);
});

test('an instant query has one value, and exemplars show spans', async () => {
  const response = await call(
    `metrics/query?${new URLSearchParams({ ...RANGE, q: '{} | count_over_time() by (name)' })}`,
  );
  const { series: instant } = (await response.json()) as { series: readonly Series[] };
  assert.deepEqual(
    instant.map(({ promLabels, value }) => [promLabels, value]),
    [
      ['{name="/cart"}', 3],
      ['{name="/pay"}', 2],
    ],
  );
  const [withExemplars] = await series('{} | max_over_time(duration) with (exemplars=2)');
  assert.equal(withExemplars?.exemplars?.length, 2);
  assert.deepEqual(withExemplars?.exemplars?.[0]?.labels[0], {
    key: 'trace:id',
    value: { stringValue: '1'.padStart(32, 'a') },
  });
  const [without] = await series('{} | rate() with (exemplars=false)');
  assert.equal(without?.exemplars, undefined);
});

test('structural pipelines and trace intrinsics work in metrics queries', async () => {
  assert.deepEqual(await values('{ rootName = "/pay" } | rate() by (rootServiceName)'), {
    '{rootServiceName="shop"}': [0, 2 / 60, 0],
  });
  assert.deepEqual(await values('{} >> {} | count_over_time()'), { '{__name__="count_over_time"}': [0, 0, 0] });
});

test('errors of metrics queries are plain texts', async () => {
  const failure = async (parameters: Record<string, string>): Promise<string> => {
    const response = await call(`metrics/query_range?${new URLSearchParams({ ...RANGE, ...parameters })}`);
    assert.equal(response.status, 400);
    return response.text();
  };
  assert.match(await failure({ q: '{}' }), /not a metrics query/);
  assert.match(
    await failure({ q: '{} | rate(' }),
    /parse error at line 1, col 11: syntax error: unexpected \$end, expecting \)/,
  );
  assert.match(await failure({ q: '{} | rate()', step: '1ms' }), /step is too small/);
  assert.match(await failure({ q: '{} | rate()', step: 'x' }), /invalid step/);
  assert.match(await failure({ q: '{} | rate()', end: '1' }), /start must be before end/);
});

test('tags and their values are listed by scope and type', async () => {
  const json = async (path: string): Promise<Record<string, unknown>> =>
    (await (await call(path)).json()) as Record<string, unknown>;
  const { scopes } = await json('v2/search/tags');
  const byName = Object.fromEntries(
    (scopes as { name: string; tags: string[] }[]).map(({ name, tags }) => [name, tags]),
  );
  assert.deepEqual(
    [byName['span'], byName['resource'], byName['event'], byName['instrumentation']],
    [['bad', 'route', 'size'], ['service.name', 'zone'], ['type'], ['lang']],
  );
  assert.ok(byName['intrinsic']?.includes('trace:rootName'));
  assert.deepEqual((await json('search/tags?scope=resource'))['tagNames'], ['service.name', 'zone']);
  const q = encodeURIComponent('{ span.route = "/pay" && span.size = }');
  assert.deepEqual((await json(`v2/search/tags?scope=span&q=${q}`))['scopes'], [
    { name: 'span', tags: ['route', 'size'] },
  ]);
  assert.deepEqual((await json('v2/search/tag/span.size/values'))['tagValues'], [
    { type: 'int', value: '10' },
    { type: 'float', value: '2.5' },
    { type: 'int', value: '30' },
    { type: 'int', value: '7' },
  ]);
  assert.deepEqual((await json(`v2/search/tag/name/values?q=${q}`))['tagValues'], [{ type: 'string', value: '/pay' }]);
  assert.deepEqual((await json('v2/search/tag/rootServiceName/values'))['tagValues'], [
    { type: 'string', value: 'shop' },
  ]);
  assert.deepEqual((await json('search/tag/service.name/values'))['tagValues'], ['shop']);
  assert.deepEqual((await json('v2/search/tag/status/values?limit=1'))['tagValues'], [
    { type: 'keyword', value: 'error' },
  ]);
  assert.equal((await call('v2/search/tag/nonsense/values')).status, 400);
  assert.equal((await call('search/tags?scope=nonsense')).status, 400);
});
