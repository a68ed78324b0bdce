import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TraceResponse, TracesResponse } from '@otelier/query';
import { createRandom, encodeRequest, keyValues, type TracesJson } from '@otelier/testkit';
import { readOutline } from '../trace-outline.ts';
import { fileSource, rangeOfSpans } from './file-source.ts';
import { readTraces } from './read-traces.ts';

const BASE = 1_764_000_000_000_000_000n;
const at = (nanos: number): string => `${BASE + BigInt(nanos)}`;
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

const REQUEST: TracesJson = {
  resourceSpans: [
    {
      resource: { attributes: keyValues({ 'service.name': 'shop', replicas: 3 }) },
      scopeSpans: [
        {
          scope: { name: 'http' },
          spans: [
            {
              traceId: 'a'.repeat(32),
              spanId: '1'.padStart(16, '0'),
              name: 'GET /',
              kind: 2,
              startTimeUnixNano: at(0),
              endTimeUnixNano: at(5_000_000),
              attributes: keyValues({ text: 'é', on: true, ratio: 0.5, list: ['a', 'b'], big: 9007199254740993n }),
              events: [{ timeUnixNano: at(7), name: 'exception', attributes: keyValues({ 'exception.type': 'E' }) }],
              links: [{ traceId: 'b'.repeat(32), spanId: 'c'.repeat(16) }],
              status: { code: 2, message: 'boom' },
            },
            {
              traceId: 'a'.repeat(32),
              spanId: '2'.padStart(16, '0'),
              parentSpanId: '1'.padStart(16, '0'),
              name: 'SELECT',
              kind: 3,
              startTimeUnixNano: at(1_000_000),
              endTimeUnixNano: at(2_000_000),
              attributes: keyValues({ 'db.system': 'postgresql' }),
            },
          ],
        },
      ],
    },
  ],
};

test('protobuf, JSON and lines of JSON contain the same spans', () => {
  const json = JSON.stringify(REQUEST, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
  const binary = readTraces(encodeRequest('traces', REQUEST));
  assert.deepEqual(readTraces(bytesOf(json)), binary);
  assert.deepEqual(readTraces(bytesOf(`${json}\n${json}\n`)), [...binary, ...binary]);
  assert.deepEqual(readTraces(bytesOf(`{"trace":${json}}`)), binary);
  const [root] = binary;
  assert.deepEqual(root?.attributes, {
    text: 'é',
    on: true,
    ratio: 0.5,
    list: ['a', 'b'],
    big: '9007199254740993',
  });
  assert.deepEqual(
    [root?.service, root?.kind, root?.statusCode, root?.durationNanos, root?.resourceAttributes['replicas']],
    ['shop', 'SERVER', 'ERROR', 5e6, 3],
  );
});

test('the traces of a file are listed, drawn, searched and read as those of the API', async () => {
  const spans = readTraces(encodeRequest('traces', REQUEST));
  const source = fileSource(spans);
  const { traces } = source('/traces', {}) as TracesResponse;
  assert.deepEqual(
    traces.map(({ rootName, spanCount, errorCount, durationNanos }) => [
      rootName,
      spanCount,
      errorCount,
      durationNanos,
    ]),
    [['GET /', 2, 1, 5e6]],
  );
  const path = `/traces/${'a'.repeat(32)}`;
  async function* lines(): AsyncGenerator<string> {
    yield* source(`${path}/outline`, {}) as readonly string[];
  }
  const outline = await readOutline(lines(), () => {});
  assert.deepEqual(
    [outline.length, outline.isComplete, outline.offsets, outline.operations[1]?.peer],
    [2, true, [0, 1e6], 'postgresql'],
  );
  assert.deepEqual(source(`${path}/matches`, { text: 'POSTGRES' }), { spanIds: '2'.padStart(16, '0') });
  const found = source(path, { span_id: '1'.padStart(16, '0') }) as TraceResponse;
  assert.equal(found.spans[0]?.statusMessage, 'boom');
  assert.equal(source('/services', {}), undefined);
  assert.equal(source(`/traces/${'d'.repeat(32)}`, {}), undefined);
  assert.deepEqual(rangeOfSpans(spans), { from: 1_763_999_999_000, to: 1_764_000_001_005 });
});

test('damaged files are read or refused with a reason, and never anything else', () => {
  const random = createRandom(7);
  const whole = encodeRequest('traces', REQUEST);
  const json = bytesOf(
    JSON.stringify(REQUEST, (_, value: unknown) => (typeof value === 'bigint' ? `${value}` : value)),
  );
  for (let round = 0; round < 400; round += 1) {
    const bytes = Uint8Array.from(round % 2 === 0 ? whole : json);
    for (let change = 0; change < 1 + random(4); change += 1) bytes[random(bytes.length)] = random(256);
    const cut = bytes.subarray(0, random(3) === 0 ? random(bytes.length) : bytes.length);
    try {
      const spans = readTraces(cut);
      assert.ok(spans.length > 0);
      const source = fileSource(spans);
      for (const traceId of new Set(spans.map((span) => span.traceId))) {
        assert.ok(Array.isArray(source(`/traces/${traceId}/outline`, {})));
      }
    } catch (error) {
      assert.ok(error instanceof Error && error.message !== '', `round ${round}`);
      assert.ok(!(error instanceof TypeError || error instanceof RangeError), `round ${round}: ${error}`);
    }
  }
});
