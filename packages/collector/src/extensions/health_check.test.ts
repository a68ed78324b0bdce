import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { extensionContract } from '@otelier/testkit/component-contract';
import { healthCheck } from './health_check.ts';

const LOCAL = { endpoint: '127.0.0.1:0' };

extensionContract(healthCheck, { config: LOCAL });

async function started(config: Record<string, unknown>) {
  const bench = await createComponentBench(healthCheck, { config });
  await bench.start();
  const address = bench.logs.find(({ msg }) => msg === 'health check listening')?.['address'];
  return { bench, url: `http://${address}` };
}

test('responds with 200 while telemetry is accepted and with 503 while draining', async () => {
  const { bench, url } = await started(LOCAL);
  const healthy = await fetch(url);
  assert.equal(healthy.status, 200);
  assert.equal(((await healthy.json()) as { status: string }).status, 'Server available');
  await bench.service.drain();
  const unhealthy = await fetch(url);
  assert.equal(unhealthy.status, 503);
  assert.equal(((await unhealthy.json()) as { phase: string }).phase, 'draining');
  await bench.service.shutdown();
});

test('responds only at its path, with the configured body', async () => {
  const { bench, url } = await started({ ...LOCAL, path: '/healthz', response_body: { healthy: 'fine' } });
  assert.equal((await fetch(url)).status, 404);
  const response = await fetch(`${url}/healthz?probe=1`);
  assert.equal(await response.text(), 'fine');
  await bench.service.shutdown();
});

test('closes idle connections at shutdown', async () => {
  const { bench, url } = await started(LOCAL);
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.write('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n');
  await once(socket, 'data');
  await bench.service.shutdown();
  if (!socket.closed) await once(socket, 'close');
});
