import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRandom } from '@otelier/testkit/otlp/random';
import { createRecordingHandler } from '@otelier/testkit/recording-handler';
import { encodeRequest } from '@otelier/testkit/request-codec';
import { createHttpClient } from '@otelier/transport/http-client';
import { createHttpServer } from '@otelier/transport/http-server';
import { startGateway, until } from '../../service/reload/gateway.testing.ts';

/** Causes of drops, each with the component and a part of the rule or message that `why` must name. */
const CAUSES = [
  { name: 'filtered', component: 'filter', rule: /name == "filtered"/ },
  { name: 'second', component: 'filter/two', rule: /IsMatch\(span\.name, "second"\)/ },
  { name: 'probability', component: 'probabilistic_sampler', rule: /proportional, 0\.001 %/ },
  { name: 'ruled', component: 'rule_sampler', rule: /noise/ },
  { name: 'tail', component: 'tail_sampling', rule: /no policy samples the trace/ },
  { name: 'refused', component: 'otlp_http', message: /no such tenant/ },
] as const;

const SHOP = { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] };

const config = (url: string, workers: number) => `
receivers: {otlp: {protocols: {http: {endpoint: 127.0.0.1:0}}}}
processors:
  filter: {traces: {span: ['name == "other"', 'name == "filtered"']}}
  filter/two: {trace_conditions: ['IsMatch(span.name, "second")']}
  probabilistic_sampler: {sampling_percentage: 0.001, mode: proportional}
  rule_sampler: {rules: [{name: noise, conditions: ['name == "ruled"'], action: drop}], default: {action: keep}}
  tail_sampling: {decision_wait: 1s, policies: [{name: errors, type: status_code, status_code: {status_codes: [ERROR]}}]}
connectors:
  routing:
    default_pipelines: [traces/refused]
    table:
      - {context: span, condition: 'name == "probability"', pipelines: [traces/sampled]}
      - {context: span, condition: 'name == "tail"', pipelines: [traces/tail]}
exporters:
  nop: {}
  otlp_http: {endpoint: "${url}", compression: none}
service:
  workers: ${workers}
  pipelines:
    traces: {receivers: [otlp], processors: [filter, filter/two, rule_sampler], exporters: [routing]}
    traces/sampled: {receivers: [routing], processors: [probabilistic_sampler], exporters: [nop]}
    traces/tail: {receivers: [routing], processors: [tail_sampling], exporters: [nop]}
    traces/refused: {receivers: [routing], exporters: [otlp_http]}`;

for (const workers of [1, 2]) {
  test(`names the component and the rule of 1,000 traces dropped by 6 causes, with ${workers} workers`, async (t) => {
    const handler = {
      ...createRecordingHandler(),
      export: () => ({ kind: 'refused', reason: 'no such tenant' }) as const,
    };
    const sink = await createHttpServer({ endpoint: '127.0.0.1:0' }, handler);
    t.after(() => sink.shutdown(0));
    const { service, address } = await startGateway(t, config(`http://${sink.address}`, workers));
    const random = createRandom(14);
    const hex = (digits: number) => Array.from({ length: digits }, () => random(16).toString(16)).join('');
    const traces = Array.from({ length: 1000 }, (_, index) => {
      const cause = CAUSES[index % CAUSES.length] ?? CAUSES[0];
      return { traceId: hex(32), cause };
    });
    const clients = Array.from({ length: 4 }, () => createHttpClient({ endpoint: `http://${address('http')}` }));
    for (const [index, { traceId, cause }] of traces.entries()) {
      const span = { traceId, spanId: hex(16), name: cause.name, startTimeUnixNano: '1700000000000000000' };
      const request = encodeRequest('traces', {
        resourceSpans: [{ resource: SHOP, scopeSpans: [{ spans: [span, { ...span, spanId: hex(16) }] }] }],
      });
      assert.equal((await clients[index % 4]?.export('traces', [request]))?.kind, 'accepted');
    }
    for (const client of clients) await client.shutdown();
    // Threads decide and send independently of each other.
    const areDropped = async (name: string) => {
      const ids = traces.filter(({ cause }) => cause.name === name).map(({ traceId }) => traceId);
      const found = await Promise.all(ids.map((id) => service.host.drops(id)));
      return found.every(({ drops }) => drops.length > 0);
    };
    await until('the last decision', () => areDropped('tail'));
    await until('the last response of the destination', () => areDropped('refused'));
    const wrong: string[] = [];
    for (const { traceId, cause } of traces) {
      const [drop, ...others] = (await service.host.drops(traceId)).drops;
      const text = 'rule' in cause ? cause.rule.test(drop?.rule ?? '') : cause.message.test(drop?.message ?? '');
      if (drop?.component !== cause.component || !text || others.length > 0)
        wrong.push(`${cause.name}: ${JSON.stringify([drop, ...others])}`);
    }
    assert.ok(wrong.length <= 10, `${wrong.length} of 1,000 wrong, such as ${wrong[0]}`);
    const filtered = await service.host.drops(traces[0]?.traceId ?? '');
    assert.match(filtered.drops[0]?.place ?? '', /^c\.yaml:4:\d+: processors\.filter\.traces\.span\[1\]$/);
    assert.deepEqual(filtered.drops[0]?.pipelines, ['traces']);
    assert.deepEqual(filtered.drops[0]?.item, { name: 'filtered', service: 'shop', timeMillis: 1_700_000_000_000 });
    const refused = await service.host.drops(traces[5]?.traceId ?? '');
    assert.deepEqual(refused.drops[0]?.item, { name: 'refused', service: 'shop', timeMillis: 1_700_000_000_000 });
    assert.deepEqual((await service.host.drops(`${'0'.repeat(31)}1`)).drops, []);
    const ledger = await service.host.ledger();
    assert.deepEqual(
      ledger.nodes.filter(({ differenceItems }) => differenceItems !== 0),
      [],
    );
  });
}
