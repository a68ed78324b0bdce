import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createComponentBench, extensionContract } from '@otelier/testkit';
import { healthCheck } from './health_check.ts';

const LOCAL = { endpoint: '127.0.0.1:0' };

extensionContract(healthCheck, { config: LOCAL });

async function started(config: Record<string, unknown>) {
  const bench = await createComponentBench(healthCheck, { config });
  await bench.start();
  const address = bench.logs.find(({ msg }) => msg === 'Health is answered.')?.['address'];
  return { bench, url: `http://${address}` };
}

test('answers 200 while telemetry is accepted and 503 while draining', async () => {
  const { bench, url } = await started(LOCAL);
  const well = await fetch(url);
  assert.equal(well.status, 200);
  assert.equal(((await well.json()) as { status: string }).status, 'Server available');
  await bench.service.drain();
  const ill = await fetch(url);
  assert.equal(ill.status, 503);
  assert.equal(((await ill.json()) as { phase: string }).phase, 'draining');
  await bench.service.shutdown();
});

test('answers at its path alone, with the texts it was given', async () => {
  const { bench, url } = await started({ ...LOCAL, path: '/healthz', response_body: { healthy: 'fine' } });
  assert.equal((await fetch(url)).status, 404);
  const response = await fetch(`${url}/healthz?probe=1`);
  assert.equal(await response.text(), 'fine');
  await bench.service.shutdown();
});
