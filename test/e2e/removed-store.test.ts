import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { startGateway } from './gateway.ts';

const LOG = JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords: [{ body: { stringValue: 'one' } }] }] }] });

/** Starts a gateway with a health check, which `health` requests. */
async function startWithHealthCheck(t: TestContext) {
  const gateway = await startGateway(t, {
    set: ['extensions.health_check.endpoint=127.0.0.1:0', 'service.extensions=[workbench, health_check]'],
  });
  const [, address] = /health check listening.*?(127\.0\.0\.1:\d+)/s.exec(gateway.output()) ?? [];
  const health = async () => {
    const response = await fetch(`http://${address}/`);
    return { status: response.status, text: await response.text() };
  };
  return { gateway, health };
}

for (const what of ['whole directory', 'journal'] as const) {
  test(`an idle process reports in the first health check that its ${what} was removed, and recovers`, async (t) => {
    const { gateway, health } = await startWithHealthCheck(t);
    assert.equal((await health()).status, 200);
    rmSync(what === 'journal' ? join(gateway.directory, 'journal') : gateway.directory, { recursive: true });
    const failing = await health();
    assert.equal(failing.status, 503);
    assert.match(failing.text, /store: the store's directory is gone/);
    while ((await health()).status !== 200) await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(await gateway.stop(), 0, gateway.output());
  });
}

test('the health of the API reports a removed directory as well', async (t) => {
  const { gateway } = await startWithHealthCheck(t);
  const health = async () => (await fetch(`${gateway.url}/healthz`)).status;
  assert.equal(await health(), 200);
  rmSync(gateway.directory, { recursive: true });
  assert.equal(await health(), 503);
  while ((await health()) !== 200) await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(await gateway.stop(), 0, gateway.output());
});

test('while the store cannot store, ingestion and the health check return 503 with the reason; both recover', async (t) => {
  const { gateway, health } = await startWithHealthCheck(t);
  const send = async () => {
    const headers = { 'content-type': 'application/json' };
    return (await fetch(`${gateway.http}/v1/logs`, { method: 'POST', headers, body: LOG })).status;
  };
  assert.equal(await send(), 200);
  assert.equal((await health()).status, 200);
  // A file in place of the directory prevents the store from recreating it.
  replaceByFile(gateway.directory);
  for (let i = 0; i < 3; i++) assert.equal(await send(), 503);
  const ill = await health();
  assert.equal(ill.status, 503);
  assert.match(ill.text, /store: the store's directory is gone/);
  rmSync(gateway.directory);
  while ((await health()).status !== 200) await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(await send(), 200);
  const { rows } = await gateway.api.sql({ statement: 'select count(*) from logs' });
  assert.ok(Number(rows[0]?.[0]) >= 1);
  // One line for the directory, and one for the rows in memory that cannot be stored.
  assert.ok((gateway.output().match(/ERROR/g) ?? []).length <= 2, gateway.output());
  assert.equal(await gateway.stop(), 0, gateway.output());
});

/** Puts a file in place of a directory, again if the store has created the directory in between. */
function replaceByFile(directory: string): void {
  for (;;) {
    rmSync(directory, { recursive: true, force: true, maxRetries: 10 });
    try {
      writeFileSync(directory, '');
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EISDIR') throw error;
    }
  }
}
