import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { ACCEPTED } from '@otelier/otlp';
import { sampleBatch } from '@otelier/testkit/sample-batch';
import type { ExportClient } from '@otelier/transport';
import { createGrpcClient } from '@otelier/transport/grpc-client';
import { createHttpClient } from '@otelier/transport/http-client';
import { FREE_PORTS, otelier, type Running, startOtelier, whileRunning, withTempDirectory } from './otelier.testing.ts';

async function sendSpans(client: ExportClient, count: number): Promise<void> {
  assert.deepEqual(await client.export('traces', sampleBatch('traces', count).parts), ACCEPTED);
  await client.shutdown();
}

const overHttp = (running: Running) => createHttpClient({ endpoint: running.address('OTLP/HTTP') });
const overGrpc = (running: Running) =>
  createGrpcClient({ endpoint: running.address('OTLP/gRPC'), tls: { insecure: true } });

test('prints its endpoints, receives telemetry on both ports, and stops on Ctrl-C', () =>
  withTempDirectory(async (directory) => {
    const data = join(directory, 'data');
    await whileRunning(['--data', data, ...FREE_PORTS], async (running) => {
      assert.match(running.stdout, /^otelier \d+\.\d+\.\d+\n/);
      assert.match(running.stdout, new RegExp(`^  Store +${data}, up to `, 'm'));
      await sendSpans(overHttp(running), 3);
      await sendSpans(overGrpc(running), 2);
      assert.equal((await fetch(`${running.address('Page and API')}/healthz`)).status, 200);
      const { code, stdout } = await running.stop();
      assert.equal(code, 0);
      assert.match(stdout, /\nDrained in \d+\.\d s: nothing was buffered, nothing was lost\.\n$/);
    });
  }));

/** A configuration whose batch processor buffers telemetry until the process stops. */
const WAITING = `
receivers: {otlp: {protocols: {http: {endpoint: 127.0.0.1:0}}}}
processors: {batch: {timeout: 1h}}
exporters: {file: {path: out.jsonl}}
service: {pipelines: {traces: {receivers: [otlp], processors: [batch], exporters: [file]}}}`;

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test(`forwards buffered telemetry at ${signal} and reports the amount`, () =>
    withTempDirectory(async (directory) => {
      await writeFile(join(directory, 'c.yaml'), WAITING);
      const running = await startOtelier(['--config', 'c.yaml'], { cwd: directory });
      await sendSpans(overHttp(running), 5);
      assert.equal(await readFile(join(directory, 'out.jsonl'), 'utf8'), '');
      running.kill(signal);
      const { code, stdout } = await running.ended;
      assert.equal(code, 0);
      assert.match(stdout, /Drained in \d+\.\d s: 5 buffered items forwarded, nothing was lost\./);
      const [line = ''] = (await readFile(join(directory, 'out.jsonl'), 'utf8')).split('\n');
      assert.equal(JSON.parse(line).resourceSpans[0].scopeSpans[0].spans.length, 5);
      // The file configures neither a page nor a store.
      assert.doesNotMatch(stdout, /Page and API|Store/);
      assert.ok(!existsSync(join(directory, '.otelier')));
    }));
}

/** A destination that never responds, and a health check that shows when draining starts. */
const stuck = (socket: string) => `
receivers: {otlp: {protocols: {http: {endpoint: 127.0.0.1:0}}}}
exporters: {otlp_grpc: {endpoint: "unix:${socket}", tls: {insecure: true}, timeout: 10m}}
extensions: {workbench: {endpoint: 127.0.0.1:0}}
service: {extensions: [workbench], pipelines: {traces: {receivers: [otlp], exporters: [otlp_grpc]}}}`;

test('stops immediately on a second Ctrl-C', () =>
  withTempDirectory(async (directory) => {
    const socket = join(directory, 'silent.sock');
    const silent = createServer().listen(socket);
    await writeFile(join(directory, 'c.yaml'), stuck(socket));
    await whileRunning(
      ['--config', 'c.yaml'],
      async (running) => {
        await sendSpans(overHttp(running), 4);
        const health = `${running.address('Page and API')}/healthz`;
        running.kill('SIGINT');
        while ((await fetch(health)).status === 200) await new Promise((resolve) => setTimeout(resolve, 10));
        running.kill('SIGINT');
        const { code, stdout } = await running.ended;
        assert.equal(code, 130);
        assert.match(stdout, /\nStopped immediately, on request\.\n$/);
      },
      { cwd: directory },
    );
    silent.close();
  }));

test('--demo fills the store with the telemetry of a shop', () =>
  withTempDirectory(async (directory) => {
    await whileRunning(['--demo', '--data', join(directory, 'data'), ...FREE_PORTS], async (running) => {
      const api = running.address('Page and API');
      let services: unknown[] = [];
      while (services.length < 7) {
        const now = Date.now();
        const response = await fetch(`${api}/api/v1/services?start=${now - 3_600_000}&end=${now}`);
        ({ services } = (await response.json()) as { services: unknown[] });
      }
      assert.equal(services.length, 7);
      assert.equal((await running.stop()).code, 0);
    });
  }));

const FIVE_MISTAKES = `receivers:
  otpl:
    protocols:
      grpc:
processors:
  batch:
    timeout: 200
    send_batch_sze: 10
exporters:
  store:
    directory: ./must-not-appear
    retention: soon
service:
  pipelines:
    traces:
      receivers: [otpl]
      processors: [batch]
      exporters: [stor]
`;

const FIVE_LINES = [
  /^c\.yaml:2:3: receivers\.otpl: expected a known receiver type .*got unknown receiver type "otpl"; did you mean "otlp"\?$/,
  /^c\.yaml:7:14: processors\.batch\.timeout: expected a duration such as "200ms", .*, got 200$/,
  /^c\.yaml:8:5: processors\.batch\.send_batch_sze: expected one of .*; did you mean "send_batch_size"\?$/,
  /^c\.yaml:12:16: exporters\.store\.retention: expected a duration .*, got "soon"$/,
  /^c\.yaml:18:19: service\.pipelines\.traces\.exporters: .*got "stor"; did you mean "store"\?$/,
];

test('reports all five errors of a file with line and nearest name, and starts nothing', () =>
  withTempDirectory(async (directory) => {
    await writeFile(join(directory, 'c.yaml'), FIVE_MISTAKES);
    const { code, stdout, stderr } = await otelier(['--config', 'c.yaml'], { cwd: directory });
    assert.equal(code, 1);
    assert.equal(stdout, '');
    const lines = stderr.trimEnd().split('\n');
    assert.equal(lines.pop(), 'otelier: nothing was started; correct the configuration.');
    assert.equal(lines.length, FIVE_LINES.length, stderr);
    for (const [index, pattern] of FIVE_LINES.entries()) assert.match(lines[index] ?? '', pattern);
    assert.ok(!existsSync(join(directory, 'must-not-appear')));
  }));
