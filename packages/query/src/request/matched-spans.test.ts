import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestApi } from '@otelier/testkit/memory-api';
import { batchOf } from '@otelier/testkit/request-codec';
import type { TraceMatchesResponse, TraceOutlineLine } from '../api/api.ts';
import { traceMatchesResponse } from '../api/schemas.ts';

const START = 1_700_000_000_000;

test('many matching spans of a trace are bits of its outline', async (t) => {
  const server = await startTestApi();
  t.after(() => server.shutdown(0));
  const many = 'd'.repeat(32);
  const spans = Array.from({ length: 5000 }, (_, n) => ({
    ...{ traceId: many, spanId: (n + 1).toString(16).padStart(16, '0'), kind: 1 },
    name: n % 5 === 0 ? 'rare' : 'often',
    startTimeUnixNano: `${BigInt(START) * 1_000_000n + BigInt((n * 7919) % 5000)}`,
    endTimeUnixNano: `${BigInt(START + 10) * 1_000_000n}`,
  }));
  await server.store.append(batchOf('traces', { resourceSpans: [{ scopeSpans: [{ spans }] }] }));
  const outline = (await (await fetch(`${server.url}/api/v1/traces/${many}/outline`)).text())
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as TraceOutlineLine)
    .flatMap((line) => (line.kind === 'spans' ? (line.spanIds.match(/.{16}/g) ?? []) : []));
  const find = async (text: string, size: number): Promise<TraceMatchesResponse> => {
    const response = await fetch(`${server.url}/api/v1/traces/${many}/matches?text=${text}&spans=${size}`);
    return traceMatchesResponse.parse(await response.json());
  };
  const { spanIds, bitmap = '' } = await find('often', 5000);
  assert.equal(spanIds, '');
  const bits = Buffer.from(bitmap, 'base64');
  const found = outline.filter((_, at) => (((bits[at >> 3] ?? 0) >> (at & 7)) & 1) === 1);
  const wanted = spans.filter(({ name }) => name === 'often').map(({ spanId }) => spanId);
  assert.deepEqual(found.toSorted(), wanted);
  const short = await find('rare', 5000);
  assert.deepEqual([short.bitmap, short.spanIds.length], [undefined, 1000 * 16]);
  // The trace has grown since.
  assert.equal((await find('often', 4999)).spanIds.length, 4000 * 16);
});
