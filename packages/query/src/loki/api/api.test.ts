import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startTestApi, type TestApi } from '@otelier/testkit/memory-api';
import { keyValues } from '@otelier/testkit/otlp-json';
import { batchOf } from '@otelier/testkit/request-codec';

const START = 1_700_000_000;
const nanos = (seconds: number): string => `${BigInt(START + seconds) * 1_000_000_000n}`;

let server: TestApi;
before(async () => {
  server = await startTestApi();
  const record = (seconds: number, body: string, attributes: Record<string, string> = {}) => ({
    timeUnixNano: nanos(seconds),
    body: { stringValue: body },
    attributes: keyValues(attributes),
  });
  const resource = (attributes: Record<string, string>) => ({ attributes: keyValues(attributes) });
  await server.store.append(
    batchOf('logs', {
      resourceLogs: [
        {
          resource: resource({ 'service.name': 'shop', 'k8s.namespace.name': 'eu', 'host.name': 'n1' }),
          scopeLogs: [
            {
              logRecords: [
                { ...record(0, 'level=info msg="cart opened" latency=12ms size=2KB', { 'user.id': '7' }) },
                record(10, 'level=error msg="payment failed" latency=1.5s size=10KB', { 'user.id': '8' }),
                record(20, 'level=info msg="cart opened" latency=30ms size=4KB', { 'user.id': '7' }),
              ],
            },
          ],
        },
        {
          resource: resource({ 'service.name': 'gateway' }),
          scopeLogs: [
            { logRecords: [{ ...record(15, '{"status":500,"http":{"route":"/pay"}}'), severityNumber: 17 }] },
          ],
        },
      ],
    }),
  );
});
after(() => server.shutdown(0));

interface Reply {
  readonly status: number;
  readonly text: string;
  readonly data: {
    readonly resultType: string;
    readonly result: readonly {
      readonly stream?: Record<string, string>;
      readonly metric?: Record<string, string>;
      readonly values?: readonly (readonly [string | number, string, object?])[];
      readonly value?: readonly [number, string];
    }[];
    readonly stats: { readonly summary: { readonly totalLinesProcessed: number } };
  };
}

async function call(path: string, init?: RequestInit): Promise<Reply> {
  const response = await fetch(`${server.url}/loki/api/v1/${path}`, init);
  const text = await response.text();
  return { status: response.status, text, data: response.ok && text !== '' ? JSON.parse(text).data : undefined };
}

const range = (query: string, more = ''): Promise<Reply> =>
  call(`query_range?start=${START}&end=${START + 60}&query=${encodeURIComponent(query)}${more}`);

/** Returns the lines that a log query finds. */
async function lines(query: string, more = ''): Promise<string[]> {
  const { data, text, status } = await range(query, more);
  assert.equal(status, 200, text);
  return data.result.flatMap(({ values = [] }) => values.map(([, line]) => line));
}

/** Evaluates a metric query after a minute. Returns values by labels. */
async function instant(query: string): Promise<Record<string, string>> {
  const { data, status, text } = await call(`query?time=${START + 60}&query=${encodeURIComponent(query)}`);
  assert.equal(status, 200, text);
  return Object.fromEntries(data.result.map(({ metric, value }) => [JSON.stringify(metric), value?.[1] ?? '']));
}

test('a selector finds the entries of a stream, newest first', async () => {
  assert.deepEqual(await lines('{service_name="gateway"}'), ['{"status":500,"http":{"route":"/pay"}}']);
  const { data } = await range('{service_name="shop"} | drop user_id, detected_level', '&direction=forward');
  assert.deepEqual(data.result[0]?.stream, {
    host_name: 'n1',
    k8s_namespace_name: 'eu',
    service_name: 'shop',
  });
  assert.deepEqual(
    data.result[0]?.values?.map(([time]) => time),
    [nanos(0), nanos(10), nanos(20)],
  );
});

test('line filters select by text', async () => {
  assert.equal((await lines('{service_name="shop"} |= "payment"')).length, 1);
  assert.equal((await lines('{service_name=~"shop|gateway"} != "cart"')).length, 2);
  assert.equal((await lines('{service_name=~".+"} |~ "cart|pay"')).length, 4);
});

test('metric queries count entries', async () => {
  assert.deepEqual(await instant('sum by (service_name) (count_over_time({service_name=~".+"}[5m]))'), {
    '{"service_name":"gateway"}': '1',
    '{"service_name":"shop"}': '3',
  });
  assert.deepEqual(
    await instant('max by (level) (max_over_time({service_name="shop"} | logfmt | unwrap duration(latency) [5m]))'),
    {
      '{"level":"error"}': '1.5',
      '{"level":"info"}': '0.03',
    },
  );
});

test('labels, their values and series are those of streams', async () => {
  const at = `start=${START}&end=${START + 60}`;
  assert.deepEqual((await call(`labels?${at}`)).data, ['k8s_namespace_name', 'service_name']);
  assert.deepEqual((await call(`label/service_name/values?${at}`)).data, ['gateway', 'shop']);
  assert.deepEqual((await call(`series?${at}&match[]=${encodeURIComponent('{service_name="shop"}')}`)).data, [
    { service_name: 'shop', k8s_namespace_name: 'eu' },
  ]);
});

test('an invalid query is rejected with its position', async () => {
  const { status, text } = await range('{service_name="shop" |= "x"');
  assert.equal(status, 400);
  assert.equal(text, 'parse error at line 1, col 22: syntax error: unexpected |=, expecting } or ,\n');
});

test('the endpoints of Grafana about streams respond', async () => {
  const at = `start=${START}&end=${START + 60}&query=${encodeURIComponent('{service_name="shop"}')}`;
  const json = async (path: string): Promise<unknown> => JSON.parse((await call(path)).text);
  assert.deepEqual(await json(`index/stats?${at}`), { streams: 1, chunks: 1, entries: 3, bytes: 155 });
  const volume = { metric: { service_name: 'shop' }, value: [START + 60, '155'] };
  assert.deepEqual(await json(`index/volume?${at}`), {
    status: 'success',
    data: { resultType: 'vector', result: [volume] },
  });
  const { data } = (await json(`patterns?${at}`)) as { data: { pattern: string; samples: number[][] }[] };
  assert.deepEqual(data[0], {
    pattern: 'level=info msg="cart opened" <_> <_>',
    level: 'info',
    samples: [
      [START, 1],
      [START + 20, 1],
    ],
  });
  const { fields } = (await json(`detected_fields?${at}`)) as { fields: { label: string }[] };
  assert.deepEqual(
    fields.find(({ label }) => label === 'latency'),
    { label: 'latency', type: 'duration', cardinality: 3, parsers: ['logfmt'] },
  );
  assert.deepEqual(await json(`detected_field/size/values?${at}`), { values: ['4KB', '10KB', '2KB'], limit: 1000 });
  assert.deepEqual(await json(`format_query?query=${encodeURIComponent('sum(rate({a="b"}|="x"[1m]))by(a)')}`), {
    status: 'success',
    data: 'sum by (a)(rate({a="b"} |= "x"[1m]))',
  });
});

test('a response with categories separates labels of the stream from other ones', async () => {
  const headers = { 'x-loki-response-encoding-flags': 'categorize-labels' };
  const query = encodeURIComponent('{service_name="gateway"} | json');
  const { data } = await call(`query_range?start=${START}&end=${START + 60}&query=${query}`, { headers });
  assert.deepEqual(data.result[0]?.stream, { service_name: 'gateway' });
  assert.deepEqual(data.result[0]?.values?.[0]?.[2], {
    structuredMetadata: { detected_level: 'error', severity_number: '17' },
    parsed: { http_route: '/pay', status: '500' },
  });
});
