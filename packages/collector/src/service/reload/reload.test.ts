import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ACCEPTED } from '@otelier/otlp';
import { createGrpcClient } from '@otelier/transport/grpc-client';
import { listen } from '@otelier/transport/listen';
import { defineExporter } from '../../component/define.ts';
import { z } from '../../component/schema.ts';
import type { Registry } from '../../config/registry.ts';
import { registry as builtIn } from '../../registry.generated.ts';
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

test('exchanges a file and the page in place: callers wait, and nothing is lost', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'otelier-reload-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  const path = join(directory, 'spans.jsonl');
  const free = await listen('127.0.0.1:0');
  await free.close();
  const config = (flush: string, host: string) => `
receivers: {${OTLP}}
exporters: {file: {path: "${path}", flush_interval: ${flush}}}
extensions: {workbench: {endpoint: "${free.address}", allowed_hosts: [${host}]}}
service: {extensions: [workbench], pipelines: {traces: {receivers: [otlp], exporters: [file]}}}`;
  const gateway = await startGateway(t, config('1s', 'a'));
  const senders = startSenders(t, 4, otlpClients(gateway));
  for (const flush of ['2s', '3s', '4s']) {
    const sent = senders.accepted();
    await until('load', () => senders.accepted() > sent + 100);
    const report = await gateway.reload(config(flush, `b${flush}`));
    assert.deepEqual([report.result, report.reason], ['applied', undefined]);
    assert.deepEqual(report.restarted, ['extensions/workbench', 'exporters/file']);
    assert.equal((await fetch(`http://${free.address}/healthz`)).status, 200);
  }
  const accepted = await senders.stop();
  await gateway.service.shutdown();
  const written = (await readFile(path, 'utf8')).match(/item-\d+-\d+\./g) ?? [];
  assert.deepEqual(written.toSorted(), [...accepted].toSorted());
});

test('starts an exchanged component again when its successor does not start', async (t) => {
  const arrived: string[] = [];
  const single = defineExporter({
    summary: 'For tests: only one instance can run.',
    stability: 'development',
    examples: [],
    signals: ['traces'],
    config: z.object({ name: z.string(), fails: z.boolean().prefault(false) }),
    exclusive: () => ['the only one'],
    create({ name, fails }) {
      let isOpen = false;
      return {
        async start() {
          if (fails) throw new Error('it does not start');
          assert.equal(running, 0, 'expected no other instance to run');
          running += 1;
          isOpen = true;
        },
        async consume() {
          assert.ok(isOpen, 'expected no batch without a running instance');
          arrived.push(name);
          return ACCEPTED;
        },
        async shutdown() {
          if (isOpen) running -= 1;
          isOpen = false;
        },
      };
    },
  });
  let running = 0;
  const registry: Registry = { ...builtIn, exporter: { ...builtIn.exporter, single: { load: async () => single } } };
  const config = (fields: string) => `
receivers: {${OTLP}}
exporters: {single: {${fields}}}
service: {pipelines: {traces: {receivers: [otlp], exporters: [single]}}}`;
  const gateway = await startGateway(t, config('name: first'), { registry });
  const senders = startSenders(t, 2, otlpClients(gateway));
  await until('load', () => senders.accepted() > 100);
  const report = await gateway.reload(config('name: second, fails: true'));
  assert.deepEqual([report.result, report.reason], ['rolled_back', 'exporter single: it does not start']);
  const sent = senders.accepted();
  await until('load after the roll-back', () => senders.accepted() > sent + 100);
  assert.deepEqual([...new Set(arrived)], ['first']);
  assert.equal((await gateway.reload(config('name: third'))).result, 'applied');
  await until('load after the reload', () => arrived.includes('third'));
  await senders.stop();
});
