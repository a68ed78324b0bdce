import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { batchOf, keyValues, type SpanJson } from '@otelier/testkit';
import type { FailedSpan } from '../../populations/contract.ts';
import { createStoreReader, type StoreReader } from '../reader.ts';
import { WrittenFiles } from '../written.testing.ts';

const START = 1_790_000_000_000_000_000n;
const SECOND = 1_000_000_000n;
const TRACES = 400;
const HOSTILE = `x"'); DROP TABLE spans; --\u0000\u202e`;

const idOf = (n: number, digits: number): string => `${n}`.padStart(digits, 'a');
const exception = (attributes: Record<string, string>) => ({
  timeUnixNano: `${START}`,
  name: 'exception',
  attributes: keyValues(attributes),
});

/** A trace with a failed root, a failed client span and a span that did not fail. */
function traceOf(n: number): SpanJson[] {
  const at = START + BigInt(n) * SECOND;
  const base = { traceId: idOf(n, 32), startTimeUnixNano: `${at}`, endTimeUnixNano: `${at + 5n}` };
  return [
    {
      ...base,
      spanId: idOf(n * 3, 16),
      name: 'GET /',
      kind: 2,
      status: { code: 2, message: HOSTILE },
      attributes: keyValues({ 'http.response.status_code': '502', 'enduser.id': `u${n % 7}`, 'server.address': 'own' }),
      events: [
        exception({ 'exception.type': 'First' }),
        exception({ 'exception.type': HOSTILE, 'exception.message': 'é'.repeat(2000) }),
      ],
    },
    {
      ...base,
      spanId: idOf(n * 3 + 1, 16),
      parentSpanId: idOf(n * 3, 16),
      name: 'call',
      kind: 3,
      status: { code: 2 },
      attributes: keyValues({ 'server.address': 'gateway', 'db.system.name': 'redis' }),
    },
    { ...base, spanId: idOf(n * 3 + 2, 16), parentSpanId: idOf(n * 3, 16), name: 'good', kind: 1 },
  ];
}

describe('failed spans', () => {
  const directory = mkdtempSync(join(tmpdir(), 'otelier-failed-spans-'));
  const files = new WrittenFiles(directory);
  let reader: StoreReader;

  before(() => {
    const resource = { attributes: keyValues({ 'service.name': 'shop', 'service.version': '2', 'host.name': 'h1' }) };
    for (let from = 0; from < TRACES; from += 100) {
      const spans = Array.from({ length: 100 }, (_, n) => traceOf(from + n)).flat();
      files.append(batchOf('traces', { resourceSpans: [{ resource, scopeSpans: [{ spans }] }] }));
      if (from === 100) files.cut();
    }
    reader = createStoreReader({ directory, access: files });
  });
  after(async () => {
    await reader.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const read = async (limit: number, seconds = 1000n, tenant = 'default') => {
    assert.ok(reader.populations);
    return reader.populations.failedSpans({ tenant, start: START, end: START + seconds * SECOND, limit });
  };

  test('are returned with their exception, peer, user and version', async () => {
    const { spans, sampling } = await read(10_000);
    assert.deepEqual([spans.length, sampling], [TRACES * 2, 1]);
    const [root, call] = spans
      .filter(({ traceId }) => traceId === idOf(5, 32))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    const shared = { traceId: idOf(5, 32), service: 'shop', start: START + 5n * SECOND, version: '2', instance: 'h1' };
    const expected: readonly FailedSpan[] = [
      {
        ...{ ...shared, spanId: idOf(15, 16), parentSpanId: '', name: 'GET /', kind: 'SERVER', statusMessage: HOSTILE },
        ...{ exceptionType: HOSTILE, exceptionMessage: 'é'.repeat(1000), httpStatus: '502', peer: '', user: 'u5' },
      },
      {
        ...{ ...shared, spanId: idOf(16, 16), parentSpanId: idOf(15, 16), name: 'call', kind: 'CLIENT' },
        ...{ statusMessage: '', exceptionType: '', exceptionMessage: '', httpStatus: '', peer: 'redis', user: '' },
      },
    ];
    assert.deepEqual([root, call], expected);
    assert.deepEqual([files.snapshots, files.pinned], [0, 0]);
  });

  test('are those of whole traces if there are more than the limit', async () => {
    const { spans, sampling } = await read(200);
    assert.equal(sampling, 4);
    assert.ok(spans.length > 100 && spans.length < 300, `${spans.length} spans`);
    for (const trace of Map.groupBy(spans, ({ traceId }) => traceId).values()) assert.equal(trace.length, 2);
  });

  test('are in the range, of the tenant', async () => {
    assert.equal((await read(10_000, 10n)).spans.length, 20);
    assert.deepEqual(await read(10_000, 10n, 'other'), { spans: [], sampling: 1 });
    assert.deepEqual(await read(10_000, 0n), { spans: [], sampling: 1 });
  });
});
