import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { encodeRequest } from '@otelier/testkit/request-codec';
import { type Gateway, startGateway } from './gateway.ts';

/** Limits the file size, in units of 512 bytes, so that writes fail as on a full disk without filling one. */
const LIMIT = 'ulimit -S -f 4096';
const PADDING = 'x'.repeat(100_000);

test('a full disk: requests are rejected as retryable, one log line gives the reason, and no acknowledged data is lost', async (t) => {
  const full = await startGateway(t, { shell: LIMIT });
  const acknowledged: string[] = [];
  let rejections = 0;
  for (let i = 0; rejections < 30; i++) {
    assert.ok(i < 500, `the disk is not full after ${i} requests`);
    const response = await send(full, `record ${i}`);
    if (response.status === 200) {
      assert.equal(rejections, 0, 'accepted a request although the disk is still full');
      acknowledged.push(`record ${i}`);
      continue;
    }
    rejections++;
    assert.equal(response.status, 503, response.message);
    assert.ok(Number(response.retryAfter) >= 1, `Retry-After: ${response.retryAfter}`);
    assert.match(response.message, /the store cannot write: its files may not grow further/);
  }
  assert.ok(acknowledged.length > 10, `only ${acknowledged.length} requests were accepted`);
  const errorLines = full.output().match(/.*ERROR.*/g) ?? [];
  assert.equal(errorLines.length, 1, full.output());
  assert.match(
    errorLines[0] ?? '',
    /the store cannot write: its files may not grow further \(EFBIG\); free space for \S+; senders retry, and acknowledged data is safe$/,
  );
  assert.deepEqual(
    await storedBodies(full),
    acknowledged.sort(),
    'stored records must be readable while the disk is full',
  );
  const lifted = liftLimit(full);
  if (lifted) {
    assert.equal((await send(full, 'after freeing space')).status, 200);
    acknowledged.push('after freeing space');
  }
  assert.equal(await full.stop(), 0, full.output());
  if (lifted) assert.match(full.output(), /store writable again/);

  const { directory } = full;
  const restarted = await startGateway(t, { directory });
  assert.deepEqual(await storedBodies(restarted), acknowledged.sort());
  assert.equal((await send(restarted, 'after the restart')).status, 200);
  assert.deepEqual(await storedBodies(restarted), ['after the restart', ...acknowledged].sort());
  assert.equal(await restarted.stop(), 0, restarted.output());
});

/** Lifts the limit, if the system supports changing it for a running process. */
function liftLimit({ child }: Gateway): boolean {
  return spawnSync('prlimit', ['--pid', String(child.pid), '--fsize=unlimited']).status === 0;
}

async function send(gateway: Gateway, body: string) {
  const now = String(BigInt(Date.now()) * 1_000_000n);
  const attributes = [{ key: 'padding', value: { stringValue: PADDING } }];
  const logRecords = [{ timeUnixNano: now, body: { stringValue: body }, attributes }];
  const response = await fetch(`${gateway.http}/v1/logs`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-protobuf' },
    body: Buffer.from(encodeRequest('logs', { resourceLogs: [{ scopeLogs: [{ logRecords }] }] })),
  });
  const message = Buffer.from(await response.arrayBuffer()).toString('utf8');
  return { status: response.status, message, retryAfter: response.headers.get('retry-after') };
}

async function storedBodies(gateway: Gateway): Promise<string[]> {
  const { rows } = await gateway.api.sql({ statement: 'SELECT body FROM logs', maxRows: 10_000 });
  return rows.map(([body]) => String(body)).sort();
}
