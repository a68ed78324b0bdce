import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Availability } from './availability.ts';
import { ThreadClient } from './client.ts';

test('a repeatedly failing thread makes the store unavailable, is restarted with growing delays, and recovers', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'otelier-client-'));
  const file = join(directory, 'file');
  writeFileSync(file, '');
  let broken = false;
  const events: string[] = [];
  const changes: string[] = [];
  const availability = new Availability((health) => changes.push(health.kind));
  const client = await ThreadClient.start(
    () => ({
      // No path below a regular file can be created, so the thread fails at startup.
      directory: broken ? join(file, 'below') : directory,
      retentionMillis: 1e9,
      maxBytes: 1e9,
      rowsPerFile: 1000,
      maxFileAgeMillis: 1e6,
      retryMillis: 1000,
      positions: {},
      firstPositions: {},
      cutBytes: 0,
    }),
    {
      event: (event) => event.kind === 'error' && events.push(event.message),
      discard: () => undefined,
      obstacle: (obstacle, reason) => availability.set(obstacle, reason),
    },
  );
  t.after(async () => {
    await client.close();
    rmSync(directory, { recursive: true, force: true });
  });
  broken = true;
  // A message that the thread cannot deserialize crashes it.
  client.post({ kind: 'durable', positions: null as never });
  await until(() => changes.length === 1);
  assert.equal(availability.health.kind, 'failing');
  assert.match(availability.rejection ?? '', /^the store thread failed: /);
  await assert.rejects(client.request('stats', {} as never), /the store thread failed/);
  assert.match(events[0] ?? '', /; it is started again in 500 ms$/);
  assert.match(events[1] ?? '', /; it is started again in 1000 ms$/);
  broken = false;
  await until(() => changes.length === 2);
  assert.deepEqual(availability.health, { kind: 'ok' });
  assert.deepEqual(await client.request('tenants', { positions: {} }), []);
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}
