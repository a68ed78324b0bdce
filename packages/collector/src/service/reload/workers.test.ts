import assert from 'node:assert/strict';
import { test } from 'node:test';
import { registry } from '../../workers/registry.testing.ts';
import {
  assertExactlyOnce,
  encodeSpans,
  otlpClients,
  startDestination,
  startGateway,
  startSenders,
  until,
} from './gateway.testing.ts';

const registryUrl = new URL('../../workers/registry.testing.ts', import.meta.url);

const OTLP = 'otlp: {protocols: {grpc: {endpoint: 127.0.0.1:0}, http: {endpoint: 127.0.0.1:0}}}';

const config = (exporter: string, { processors = '{}', steps = '', receivers = OTLP } = {}) => `
receivers: {${receivers}}
processors: ${processors}
exporters: {otlp_http: ${exporter}}
service: {workers: 2, pipelines: {traces: {receivers: [otlp], processors: [${steps}], exporters: [otlp_http]}}}`;

test('reloads all threads in step: nothing is lost when exporters, processors and receivers change', async (t) => {
  const sink = await startDestination(t);
  const to = (timeout: number) => `{endpoint: "${sink.url}", compression: none, timeout: ${timeout}s}`;
  const gateway = await startGateway(t, config(to(5)), { registry, registryUrl });
  const addresses = [gateway.address('grpc'), gateway.address('http')];
  const senders = startSenders(t, 4, otlpClients(gateway));
  await until('load', () => sink.counts.size > 200);
  const variants = [
    config(to(6)),
    config(to(6), { processors: '{batch: {timeout: 10ms}}', steps: 'batch' }),
    config(to(6), { processors: '{batch: {timeout: 10ms}, meet: {}}', steps: 'meet, batch' }),
    config(to(6), {
      processors: '{batch: {timeout: 10ms}, meet: {}}',
      steps: 'meet, batch',
      receivers: OTLP.replace('grpc: {', 'grpc: {max_recv_msg_size_mib: 5, '),
    }),
    config(to(7)),
  ];
  for (const variant of variants) {
    const report = await gateway.reload(variant);
    assert.equal(report.result, 'applied', report.reason ?? 'no reason');
    assert.equal(report.lostItems, undefined);
    assert.deepEqual([gateway.address('grpc'), gateway.address('http')], addresses);
    const sent = senders.accepted();
    await until('more load', () => senders.accepted() > sent + 200);
  }
  const accepted = await senders.stop();
  await gateway.service.drain();
  assertExactlyOnce(accepted, [sink]);
});

test('rolls back all threads when one of them cannot start a component', async (t) => {
  const sink = await startDestination(t);
  const exporter = `{endpoint: "${sink.url}", compression: none}`;
  const gateway = await startGateway(t, config(exporter), { registry, registryUrl });
  const report = await gateway.reload(
    config(exporter, { processors: '{batch: {}, broken: {}}', steps: 'batch, broken' }),
  );
  assert.equal(report.result, 'rolled_back');
  assert.match(report.reason ?? '', /processor broken: it cannot be started/);
  const client = otlpClients(gateway)(0);
  t.after(() => client.shutdown());
  assert.deepEqual(await client.export('traces', [encodeSpans(['item-0-0.'])]), { kind: 'accepted' });
  await until('delivery', () => sink.counts.size === 1);
  assert.deepEqual(
    gateway.service
      .graph()
      .nodes.map(({ id }) => id)
      .toSorted(),
    ['exporter:traces:otlp_http', 'receiver:otlp'],
  );
  const again = await gateway.reload(config(exporter, { processors: '{batch: {}}', steps: 'batch' }));
  assert.deepEqual([again.result, again.added], ['applied', ['processors/batch']]);
});
