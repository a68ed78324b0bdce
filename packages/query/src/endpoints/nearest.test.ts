import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { z } from '@hono/zod-openapi';
import { startTestApi, type TestApi } from '@otelier/testkit/memory-api';
import { createMemoryStore } from '@otelier/testkit/memory-store';
import { batchOf } from '@otelier/testkit/request-codec';
import { tracesResponse } from '../api/populations.ts';
import * as schemas from '../api/schemas.ts';

const START = 1_700_000_000_000;
const nanos = (millis: number): string => `${BigInt(START + millis) * 1_000_000n}`;

let server: TestApi;
before(async () => {
  server = await startTestApi({ memory: createMemoryStore() });
  const span = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), name: 'GET /cart' };
  const spans = [{ ...span, startTimeUnixNano: nanos(1000), endTimeUnixNano: nanos(1250) }];
  await server.store.append(batchOf('traces', { resourceSpans: [{ scopeSpans: [{ spans }] }] }));
  const logRecords = [0, 5000].map((millis) => ({ timeUnixNano: nanos(millis), body: { stringValue: 'done' } }));
  await server.store.append(batchOf('logs', { resourceLogs: [{ scopeLogs: [{ logRecords }] }] }));
});
after(() => server.shutdown(0));

async function ask<T>(path: string, schema: z.ZodType<T>): Promise<T> {
  const response = await fetch(`${server.url}/api/v1${path}`);
  assert.equal(response.status, 200, await response.clone().text());
  return schema.parse(await response.json());
}

test('an empty list says where the nearest telemetry is', async () => {
  const range = (from: number, to: number): string => `start=${START + from}&end=${START + to}`;
  assert.deepEqual(await ask(`/traces?${range(2000, 3000)}`, tracesResponse), {
    ...{ total: 0, traces: [] },
    nearest: { inRange: false, beforeNanos: nanos(1000) },
  });
  assert.deepEqual((await ask(`/logs?${range(1000, 5000)}`, schemas.logsResponse)).nearest, {
    ...{ inRange: false, beforeNanos: nanos(0), afterNanos: nanos(5000) },
  });
  assert.deepEqual((await ask(`/logs?${range(0, 9000)}&where=body = other`, schemas.logsResponse)).nearest, {
    inRange: true,
  });
  assert.deepEqual((await ask(`/metrics?${range(0, 9000)}`, schemas.metricsResponse)).nearest, { inRange: false });
  assert.equal((await ask(`/traces?${range(0, 9000)}`, tracesResponse)).nearest, undefined);
});
