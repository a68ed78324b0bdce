import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countItems, localContext, normalizeRequest, requestFromJson, requestToJson } from '@otelier/otlp';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { processorContract } from '@otelier/testkit/component-contract';
import { arbitraryRequest } from '@otelier/testkit/otlp/arbitrary-request';
import { encodeRequest } from '@otelier/testkit/request-codec';
import fc from 'fast-check';
import { unroll } from './unroll.ts';

processorContract(unroll);

const text = (stringValue: string) => ({ stringValue });
const list = (...values: object[]) => ({ arrayValue: { values } });

async function send(config: Record<string, unknown>, bytes: Uint8Array) {
  const bench = await createComponentBench(unroll, { config });
  await bench.start();
  const itemCount = countItems('logs', bytes);
  await bench.send({ signal: 'logs', parts: [bytes], itemCount, sizeBytes: bytes.length, context: localContext(0) });
  await bench.close();
  return { batch: bench.received[0], dropped: bench.dropped() };
}

async function unrolled(config: Record<string, unknown>, ...logRecords: object[]) {
  const request = requestFromJson('logs', JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] }));
  assert.ok(request.ok);
  const { batch, dropped } = await send(config, request.bytes);
  const json = JSON.parse(requestToJson('logs', batch?.parts[0] ?? new Uint8Array()));
  const records: Record<string, unknown>[] = json.resourceLogs[0].scopeLogs[0].logRecords;
  assert.equal(batch?.itemCount, records.length);
  return { records, dropped, isSame: batch.parts[0] === request.bytes };
}

test('replaces a record by one for each element, in its place', async () => {
  const attributes = [{ key: 'a', value: text('x') }];
  const { records, dropped } = await unrolled(
    {},
    { body: text('first') },
    { body: list(text('one'), { intValue: '2' }, {}, list(text('inner'))), severityNumber: 9, attributes },
    { body: text('last') },
  );
  assert.deepEqual(records, [
    { body: text('first') },
    { severityNumber: 9, body: text('one'), attributes },
    { severityNumber: 9, body: { intValue: '2' }, attributes },
    { severityNumber: 9, body: {}, attributes },
    { severityNumber: 9, body: list(text('inner')), attributes },
    { body: text('last') },
  ]);
  assert.deepEqual(dropped, {});
});

test('replaces nested lists, and drops records of which nothing is left', async () => {
  const { records, dropped } = await unrolled(
    { recursive: true },
    { body: list(list(text('one'), list()), list(list(text('two'))), text('three')) },
    { body: list(list()) },
  );
  assert.deepEqual(records, [{ body: text('one') }, { body: text('two') }, { body: text('three') }]);
  assert.deepEqual(dropped, { empty: 1 });
});

test('forwards the same bytes without lists', async () => {
  assert.ok((await unrolled({}, { body: text('a') }, { body: { kvlistValue: { values: [] } } })).isSame);
});

test('keeps arbitrary telemetry valid', async () => {
  await fc.assert(
    fc.asyncProperty(arbitraryRequest('logs'), fc.boolean(), async (json, recursive) => {
      const { batch } = await send({ recursive }, encodeRequest('logs', json));
      if (batch === undefined) return;
      const normalized = normalizeRequest('logs', batch.parts[0] ?? new Uint8Array());
      assert.ok(normalized.ok);
      assert.equal(normalized.itemCount, batch.itemCount);
    }),
    { seed: 20_261_130, numRuns: 50 },
  );
});
