import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createGrpcClient } from '@otelier/transport';
import {
  assertExactlyOnce,
  type Destination,
  encodeSpans,
  otlpClients,
  startDestination,
  startGateway,
  startSenders,
  until,
} from './gateway.testing.ts';

const OTLP = 'otlp: {protocols: {grpc: {endpoint: 127.0.0.1:0}, http: {endpoint: 127.0.0.1:0}}}';

const exporter = ({ url }: Destination, more = '') => `{endpoint: "${url}", compression: none${more}}`;

const single = (exporters: string, processors = '{}', steps = '') => `
receivers: {${OTLP}}
processors: ${processors}
exporters: ${exporters}
service: {pipelines: {traces: {receivers: [otlp], processors: [${steps}], exporters: [otlp_http]}}}`;

test('keeps unchanged components and their sockets when an exporter changes, and loses nothing under load', async (t) => {
  const [first, second] = [await startDestination(t), await startDestination(t)];
  const gateway = await startGateway(t, single(`{otlp_http: ${exporter(first)}}`, '{batch: {timeout: 20ms}}', 'batch'));
  const address = gateway.address('grpc');
  const senders = startSenders(t, 4, otlpClients(gateway));
  await until('load', () => first.counts.size > 200);
  const report = await gateway.reload(single(`{otlp_http: ${exporter(second)}}`, '{batch: {timeout: 20ms}}', 'batch'));
  assert.deepEqual(report, {
    result: 'applied',
    kept: ['receivers/otlp', 'processors/batch'],
    restarted: ['exporters/otlp_http'],
    added: [],
    removed: [],
  });
  assert.equal(gateway.address('grpc'), address);
  await until('load after the reload', () => second.counts.size > 200);
  const accepted = await senders.stop();
  await gateway.service.drain();
  assertExactlyOnce(accepted, [first, second]);
  assert.equal(gateway.lines.filter(({ level }) => Number(level) >= 40).length, 0);
});

test('gives the sockets of a changed receiver to its successor without refusing a connection', async (t) => {
  const sink = await startDestination(t);
  const config = (limit: number) =>
    single(`{otlp_http: ${exporter(sink)}}`).replace('grpc: {', `grpc: {max_recv_msg_size_mib: ${limit}, `);
  const gateway = await startGateway(t, config(4));
  const [grpc, http] = [gateway.address('grpc'), gateway.address('http')];
  const senders = startSenders(t, 4, otlpClients(gateway));
  // Every connection attempt during the reloads must succeed.
  let attempts = 0;
  const failures: string[] = [];
  let isDone = false;
  const knocking = (async () => {
    while (!isDone) {
      const client = createGrpcClient({ endpoint: `http://${grpc}` });
      const outcome = await client.export('traces', [encodeSpans([])]);
      attempts += 1;
      if (outcome.kind !== 'accepted') failures.push(outcome.reason);
      await client.shutdown();
    }
  })();
  for (let limit = 5; limit < 15; limit++) {
    const report = await gateway.reload(config(limit));
    assert.deepEqual([report.result, report.restarted], ['applied', ['receivers/otlp']]);
    assert.deepEqual([gateway.address('grpc'), gateway.address('http')], [grpc, http]);
    const sent = senders.accepted();
    await until('requests to the new receiver', () => senders.accepted() > sent + 100);
  }
  isDone = true;
  await knocking;
  assert.deepEqual([failures, attempts > 10], [[], true]);
  const accepted = await senders.stop();
  await gateway.service.drain();
  assertExactlyOnce(accepted, [sink]);
});

test('rolls back when a component does not start, with the reason, and nothing notices', async (t) => {
  const sink = await startDestination(t);
  const gateway = await startGateway(t, single(`{otlp_http: ${exporter(sink)}}`));
  const other = await startGateway(t, single(`{otlp_http: ${exporter(sink)}}`));
  const senders = startSenders(t, 2, otlpClients(gateway));
  await until('load', () => sink.counts.size > 50);
  const taken = other.address('grpc');
  const report = await gateway.reload(`
receivers: {${OTLP}, otlp/2: {protocols: {grpc: {endpoint: "${taken}"}}}}
processors: {batch: {}}
exporters: {otlp_http: ${exporter(sink, ', timeout: 3s')}}
service: {pipelines: {traces: {receivers: [otlp, otlp/2], processors: [batch], exporters: [otlp_http]}}}`);
  assert.equal(report.result, 'rolled_back');
  assert.match(report.reason ?? '', /receiver otlp\/2: .* is in use by another program/);
  assert.deepEqual(
    gateway.service.graph().nodes.map(({ id }) => id),
    ['exporter:traces:otlp_http', 'receiver:otlp'],
  );
  const accepted = await senders.stop();
  await gateway.service.drain();
  assertExactlyOnce(accepted, [sink]);
});

test('reports an equal configuration as unchanged, however it is written', async (t) => {
  const sink = await startDestination(t);
  const gateway = await startGateway(t, single(`{otlp_http: {endpoint: "${sink.url}", timeout: 5s}}`));
  const report = await gateway.reload(single(`{otlp_http: {timeout: 5000ms, endpoint: "${sink.url}"}}`));
  assert.deepEqual([report.result, report.kept], ['unchanged', ['receivers/otlp', 'exporters/otlp_http']]);
});

test('continues the counters of kept edges and of restarted components', async (t) => {
  const sink = await startDestination(t);
  const config = (timeout: string) => single(`{otlp_http: ${exporter(sink, `, timeout: ${timeout}`)}}`);
  const gateway = await startGateway(t, config('5s'));
  const client = otlpClients(gateway)(0);
  t.after(() => client.shutdown());
  await client.export('traces', [encodeSpans(['item-0-0.', 'item-0-1.'])]);
  await until('delivery', () => sink.counts.size === 2);
  await gateway.reload(config('6s'));
  await client.export('traces', [encodeSpans(['item-0-2.'])]);
  await until('delivery', () => sink.counts.size === 3);
  const { nodes, edges } = gateway.service.graph();
  assert.deepEqual(
    edges.map(({ id, items, batches }) => [id, items, batches]),
    [['receiver:otlp>exporter:traces:otlp_http@traces', 3, 2]],
  );
  await until('the count', () => nodes.length === 2 && gateway.service.graph().nodes[0]?.sentItems === 3);
});

test('refuses settings that a running process cannot change, by name', async (t) => {
  const sink = await startDestination(t);
  const config = single(`{otlp_http: ${exporter(sink)}}`);
  const gateway = await startGateway(t, config);
  const report = await gateway.reload(
    `${config}\n`.replace('service: {', 'service: {workers: 3, telemetry: {logs: {encoding: json}}, '),
  );
  assert.deepEqual(report, {
    result: 'rolled_back',
    reason: [
      'service.workers: expected 1 until the process restarts, got 3: threads cannot be added or removed',
      'service.telemetry.logs: expected no change until the process restarts, got another value',
    ].join('\n'),
    kept: [],
    restarted: [],
    added: [],
    removed: [],
  });
});
