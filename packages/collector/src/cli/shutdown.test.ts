import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { ACCEPTED } from '@otelier/otlp';
import { sampleBatch } from '@otelier/testkit/sample-batch';
import { createHttpClient } from '@otelier/transport/http-client';
import { otelier, type Running, whileRunning, withTempDirectory } from './otelier.testing.ts';

const configuration = (exporter: string, service = '') => `
receivers: {otlp: {protocols: {http: {endpoint: 127.0.0.1:0}}}}
processors: {batch: {timeout: 1h}}
exporters: {${exporter}}
service: {${service}pipelines: {traces: {receivers: [otlp], processors: [batch], exporters: [${exporter.split(':')[0]}]}}}`;

async function sendSpans(running: Running, count: number): Promise<void> {
  const client = createHttpClient({ endpoint: running.address('OTLP/HTTP') });
  assert.deepEqual(await client.export('traces', sampleBatch('traces', count).parts), ACCEPTED);
  await client.shutdown();
}

/** Sends spans, stops the process with SIGTERM, and returns its output. */
async function stopWithSpans(cwd: string, yaml: string): Promise<string> {
  await writeFile(join(cwd, 'c.yaml'), yaml);
  let output = '';
  await whileRunning(
    ['--config', 'c.yaml'],
    async (running) => {
      await sendSpans(running, 7);
      running.kill('SIGTERM');
      const { code, stdout } = await running.ended;
      assert.equal(code, 0);
      output = stdout;
    },
    { cwd },
  );
  return output;
}

/** Returns a port that refuses connections. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

// Any waiting would show in the report, because all delays and limits of these exporters are far longer.
for (const [name, exporter] of [
  ['otlp_http', 'otlp_http: {endpoint: "http://127.0.0.1:PORT"'],
  ['otlp_grpc', 'otlp_grpc: {endpoint: "127.0.0.1:PORT", tls: {insecure: true}'],
  ['otlp_websocket', 'otlp_websocket: {endpoint: "ws://127.0.0.1:PORT"'],
] as const) {
  test(`${name} does not wait for a closed port at shutdown, and reports the loss`, () =>
    withTempDirectory(async (cwd) => {
      const refusing = exporter.replace('PORT', String(await closedPort()));
      const retries = 'retry_on_failure: {initial_interval: 10m, max_interval: 10m, max_elapsed_time: 0s}}';
      const output = await stopWithSpans(cwd, configuration(`${refusing}, ${retries}`, 'shutdown_timeout: 10m, '));
      assert.match(
        output,
        /\nDrained in \d+\.\d s: nothing was buffered, 7 items LOST, because no destination took them in time\.\n/,
      );
    }));
}

test('service.shutdown_timeout limits the wait for a destination that does not respond', () =>
  withTempDirectory(async (cwd) => {
    const sockets: Socket[] = [];
    const silent = createServer((socket) => sockets.push(socket));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    try {
      const address = silent.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      const exporter = `otlp_http: {endpoint: "http://127.0.0.1:${port}", timeout: 10m}`;
      const output = await stopWithSpans(cwd, configuration(exporter, 'shutdown_timeout: 300ms, '));
      assert.match(output, /\nDrained in \d+\.\d s: nothing was buffered, 7 items LOST, /);
    } finally {
      for (const socket of sockets) socket.destroy();
      silent.close();
    }
  }));

test('validates service.shutdown_timeout', () =>
  withTempDirectory(async (cwd) => {
    await writeFile(join(cwd, 'c.yaml'), configuration('nop: {}', 'shutdown_timeout: soon, '));
    const { stdout } = await otelier(['validate', '--config', 'c.yaml'], { cwd });
    assert.match(stdout, /^c\.yaml:5:\d+: service\.shutdown_timeout: expected a duration such as .*, got "soon"\n$/);
  }));
