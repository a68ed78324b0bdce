import assert from 'node:assert/strict';
import { test } from 'node:test';
import { localContext, normalizeRequest } from '@otelier/otlp';
import { type ComponentBench, createComponentBench, hostileRequest } from '@otelier/testkit';
import { systemClock } from '@otelier/transport';
import {
  type FakeServer,
  startFakeServer,
} from '../../../packages/collector/src/exporters/clickhouse/fake-server.testing.ts';
import { clickhouse } from '../../../packages/collector/src/exporters/clickhouse.ts';
import { parseRow, summariesOfRequest, summaryOfRow } from './summaries.ts';

test('inserts a row for each item of hostile requests, with the columns that the statement names', async () => {
  const server = await startFakeServer();
  const bench = await createComponentBench(clickhouse, {
    clock: systemClock,
    config: {
      endpoint: server.url,
      create_schema: false,
      timeout: '60s',
      sending_queue: { enabled: false },
      retry_on_failure: { enabled: false },
    },
  });
  await bench.start();
  try {
    let rowCount = 0;
    for (let index = 0; index < REQUESTS; index++) rowCount += await replay(index, bench, server);
    assert.ok(rowCount > REQUESTS, `${rowCount} rows`);
  } finally {
    await bench.close();
    await server.close();
  }
});

const REQUESTS = 30;

/** Sends a request, compares the rows that the server receives, and returns their number. */
async function replay(index: number, bench: ComponentBench, server: FakeServer): Promise<number> {
  const { signal, bytes: original, json } = hostileRequest(11, index);
  const request = normalizeRequest(signal, original);
  if (!request.ok || request.itemCount === 0) return 0;
  const { bytes, itemCount } = request;
  const sent = server.inserts().length;
  const batch = { signal, parts: [bytes], itemCount, sizeBytes: bytes.length, context: localContext(0) };
  assert.equal((await bench.send(batch)).kind, 'accepted');
  const expected = summariesOfRequest(signal, JSON.parse(json));
  const inserts = server.inserts().slice(sent);
  assert.deepEqual(inserts.map(({ text }) => tableOf(text)).sort(), [...expected.keys()].sort());
  for (const { text, rows } of inserts) {
    const table = tableOf(text);
    const summaries = expected.get(table) ?? [];
    const known = new Set(summaries);
    const parsed = rows.map(parseRow);
    const received = parsed.map((row) => summaryOfRow(table, row, known)).sort();
    assert.deepEqual(received, summaries.toSorted(), `request ${index}`);
    const columns = [...text.slice(text.indexOf('(')).matchAll(/`([^`]+)`/g)].map(([, name]) => name);
    for (const row of parsed) assert.deepEqual(Object.keys(row).sort(), columns.toSorted());
  }
  return itemCount;
}

function tableOf(statement: string): string {
  return /^INSERT INTO `default`\.`(\w+)`/.exec(statement)?.[1] ?? '';
}
