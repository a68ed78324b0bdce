import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { receiverContract } from '@otelier/testkit/component-contract';
import { systemClock } from '@otelier/transport/clock';
import { pointsOf, type ShownPoint, startScraping, startTarget } from './prometheus/pages.testing.ts';
import { prometheus } from './prometheus.ts';

const contractTarget = await startTarget('up_here 1\n');
after(() => contractTarget.close());

receiverContract(prometheus, {
  clock: systemClock,
  config: {
    config: {
      scrape_configs: [
        {
          job_name: 'contract',
          scrape_interval: '20ms',
          scrape_timeout: '20ms',
          static_configs: [{ targets: [contractTarget.address] }],
        },
      ],
    },
  },
});

const PAGE = `# HELP requests_total Requests.
# TYPE requests_total counter
requests_total{method="get"} 10
requests_total{method="post",job="theirs"} 2.5
# TYPE temperature gauge
temperature -3
# TYPE latency histogram
latency_bucket{le="0.1"} 1
latency_bucket{le="1"} 3
latency_bucket{le="+Inf"} 4
latency_sum 2.5
latency_count 4
# TYPE size summary
size{quantile="0.5"} 7
size_sum 70
size_count 10
plain{a="x\\"y\\\\z\\n"} NaN
`;

function find(points: readonly ShownPoint[], name: string): ShownPoint {
  const found = points.find((point) => point.name === name);
  assert.ok(found, `expected a point of ${name}`);
  return found;
}

test('scrapes counters, gauges, histograms and summaries', async () => {
  const target = await startTarget(PAGE);
  const scraping = await startScraping(target);
  const points = await scraping.scrape();
  const shown = points.map(({ name, kind, attributes, value }) => [name, kind, attributes, value]);
  assert.deepEqual(shown.slice(0, 6), [
    ['requests_total', 'sum', { method: 'get' }, 10],
    ['requests_total', 'sum', { exported_job: 'theirs', method: 'post' }, 2.5],
    ['temperature', 'gauge', {}, -3],
    ['latency', 'histogram', {}, '4'],
    ['size', 'summary', {}, '10'],
    ['plain', 'gauge', { a: 'x"y\\z\n' }, 'NaN'],
  ]);
  assert.deepEqual(find(points, 'latency').json['bucketCounts'], ['1', '2', '1']);
  assert.deepEqual(find(points, 'latency').json['explicitBounds'], [0.1, 1]);
  assert.deepEqual(find(points, 'size').json['quantileValues'], [{ quantile: 0.5, value: 7 }]);
  const host = { 'server.port': target.address.split(':')[1], 'url.scheme': 'http' };
  assert.deepEqual(points[0]?.resource, { 'service.name': 'shop', 'service.instance.id': target.address, ...host });
  const reports = Object.fromEntries(points.slice(6).map(({ name, value }) => [name, value]));
  assert.deepEqual(
    { ...reports, scrape_duration_seconds: 0 },
    {
      up: 1,
      scrape_duration_seconds: 0,
      scrape_samples_scraped: 12,
      scrape_samples_post_metric_relabeling: 12,
      scrape_series_added: 12,
    },
  );
  const { headers } = target.requests[0] ?? {};
  assert.match(headers?.accept ?? '', /^application\/openmetrics-text;version=1\.0\.0;escaping=allow-utf-8;q=0\.5,/);
  assert.equal(headers?.['x-prometheus-scrape-timeout-seconds'], '10');
  await scraping.close();
});

test('a page with other values gives the same request as one that is read anew', async () => {
  const target = await startTarget(PAGE);
  const scraping = await startScraping(target);
  await scraping.scrape();
  const values = (points: ShownPoint[]) =>
    points
      .filter(({ name }) => name !== 'scrape_duration_seconds' && name !== 'scrape_series_added')
      .map(({ json: { timeUnixNano: _, ...rest }, name }) => [name, rest]);
  target.page = PAGE.replace(/ (\d+|NaN)\n/g, (_, text) => ` ${text === 'NaN' ? 1 : Number(text) * 3 + 1}\n`);
  const patched = await scraping.scrape();
  const fresh = await startScraping(target);
  assert.deepEqual(values(patched), values(await fresh.scrape()));
  assert.ok((patched[0]?.timeMillis ?? 0) > 1_700_000_000_000);
  assert.equal(new Set(patched.map(({ timeMillis }) => timeMillis)).size, 1);
  await fresh.close();
  await scraping.bench.close();
});

test('a series that vanishes and a target that fails end with stale markers', async () => {
  const target = await startTarget('a 1\nb{x="1"} 2\n');
  const scraping = await startScraping(target);
  await scraping.scrape();
  target.page = 'a 1\n';
  const vanished = await scraping.scrape();
  assert.deepEqual(
    vanished.filter(({ isStale }) => isStale).map(({ name, attributes }) => [name, attributes]),
    [['b', { x: '1' }]],
  );
  assert.equal((await scraping.scrape()).filter(({ isStale }) => isStale).length, 0);
  target.respond = (_, response) => response.writeHead(500).end();
  const failed = await scraping.scrape();
  assert.deepEqual(
    failed.filter(({ isStale }) => isStale).map(({ name }) => name),
    ['a'],
  );
  assert.equal(find(failed, 'up').value, 0);
  assert.match(scraping.bench.error() ?? '', /expected status 200, got 500/);
  target.respond = undefined;
  const recovered = await scraping.scrape();
  assert.equal(find(recovered, 'up').value, 1);
  assert.equal(find(recovered, 'a').isStale, false);
  assert.equal(scraping.bench.error(), undefined);
  await scraping.close();
});

test('a malformed page fails the scrape and names the line', async () => {
  const target = await startTarget('a 1\nb{x="1} 2\n');
  const scraping = await startScraping(target);
  assert.equal(find(await scraping.scrape(), 'up').value, 0);
  const line = scraping.bench.logs.find(({ msg }) => msg === 'scrape failed');
  assert.match(String(line?.['reason']), /^line 3: expected a closing quote/);
  await scraping.close();
});

test('targets and samples are relabeled', async () => {
  const target = await startTarget('http_requests 1\ngo_gc 2\nhttp_errors{code="500"} 3\n');
  const scraping = await startScraping(
    target,
    {
      params: { module: ['x'] },
      relabel_configs: [
        { target_label: 'zone', replacement: 'eu' },
        { source_labels: ['__address__'], regex: '(.*):\\d+', target_label: 'host' },
        { target_label: '__metrics_path__', replacement: '/probe' },
        { source_labels: ['host'], regex: '(.*)', target_label: '__param_target', replacement: 'http://$1/' },
      ],
      metric_relabel_configs: [
        { source_labels: ['__name__'], regex: 'go_.*', action: 'drop' },
        { source_labels: ['code'], target_label: 'status', action: 'uppercase' },
        { regex: 'code', action: 'labeldrop' },
      ],
    },
    {},
    { external_labels: { cluster: 'a' } },
  );
  const points = await scraping.scrape();
  assert.equal(target.requests[0]?.url, '/probe?module=x&target=http%3A%2F%2F127.0.0.1%2F');
  assert.deepEqual(
    points.slice(0, 2).map(({ name, attributes }) => [name, attributes]),
    [
      ['http_requests', { cluster: 'a', host: '127.0.0.1', zone: 'eu' }],
      ['http_errors', { cluster: 'a', host: '127.0.0.1', status: '500', zone: 'eu' }],
    ],
  );
  assert.equal(find(points, 'scrape_samples_post_metric_relabeling').value, 2);
  await scraping.close();
});

test('limits fail the scrape', async () => {
  for (const [job, expected] of [
    [{ sample_limit: 2 }, /at most 2 samples, got 3/],
    [{ label_limit: 3 }, /at most 3 labels/],
    [{ label_value_length_limit: 3 }, /values of labels of at most 3 bytes/],
    [{ body_size_limit: 10 }, /a page of at most 10 bytes/],
  ] as const) {
    const target = await startTarget('a 1\nb 2\nc{label="long value"} 3\n');
    const scraping = await startScraping(target, job);
    const points = await scraping.scrape();
    assert.equal(find(points, 'up').value, 0, JSON.stringify(job));
    assert.equal(points.length, 5);
    assert.match(scraping.bench.error() ?? '', expected);
    await scraping.close();
  }
});

test('OpenMetrics has exemplars, created timestamps, units, scopes and target_info', async () => {
  const trace = 'ab'.repeat(16);
  const page = `# TYPE target info
# HELP target Target metadata
target_info{env="prod"} 1
# TYPE work_seconds counter
# UNIT work_seconds seconds
work_seconds_total{otel_scope_name="lib",otel_scope_version="1",x="1"} 3 # {trace_id="${trace}",user="u"} 1.5 1700000000.5
work_seconds_created{otel_scope_name="lib",otel_scope_version="1",x="1"} 1600000000.25
# TYPE "with.dots" gauge
{"with.dots","a.b"="c"} 4 1700000001.5
# EOF
`;
  const target = await startTarget(page, 'application/openmetrics-text; version=1.0.0');
  const scraping = await startScraping(target, {}, { trim_metric_suffixes: true });
  for (let round = 0; round < 2; round++) {
    const points = await scraping.scrape();
    const work = find(points, 'work');
    assert.deepEqual([work.scope, work.startMillis, work.resource['env']], ['lib', 1_600_000_000_250, 'prod']);
    assert.deepEqual(work.json['exemplars'], [
      {
        timeUnixNano: '1700000000500000000',
        asDouble: 1.5,
        traceId: trace,
        filteredAttributes: [{ key: 'user', value: { stringValue: 'u' } }],
      },
    ]);
    const dots = find(points, 'with.dots');
    assert.deepEqual([dots.timeMillis, dots.attributes], [1_700_000_001_500, { 'a.b': 'c' }]);
  }
  await scraping.close();
});

test('a vanished target ends its series and those about its scrapes', async () => {
  const target = await startTarget('a 1\n');
  const listed = await startTarget(JSON.stringify([{ targets: [target.address], labels: { zone: 'z' } }]));
  const scraping = await startScraping(target, {
    static_configs: [],
    http_sd_configs: [{ url: `http://${listed.address}/targets`, refresh_interval: '30s' }],
  });
  const points = await scraping.scrape();
  assert.deepEqual(find(points, 'a').attributes, { zone: 'z' });
  listed.page = '[]';
  const { bench } = scraping;
  const staleNames = () => pointsOf(bench.received.at(-1)?.parts ?? []).filter(({ isStale }) => isStale);
  while (!staleNames().some(({ name }) => name === 'up')) await bench.clock.advance(100);
  assert.deepEqual(
    staleNames().map(({ name }) => name),
    [
      'a',
      'up',
      ...['scrape_duration_seconds', 'scrape_samples_scraped', 'scrape_samples_post_metric_relabeling'],
      'scrape_series_added',
    ],
  );
  await scraping.close();
  await listed.close();
});
