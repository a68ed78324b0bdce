import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openJournal } from '@otelier/journal';
import { type Batch, forEachItem, type Signal, WireWriter } from '@otelier/otlp';
import type { StoreEvent } from '../contract.ts';
import { openStore } from '../open.ts';
import { queryDuckDb } from '../parquet/readers.testing.ts';
import { batchOf } from './batches.testing.ts';
import { encodeRecord } from './journals/record.ts';
import type { FromThread, ThreadOptions, ToThread } from './protocol.ts';
import { StoreThread } from './store-thread.ts';

const ARRIVAL = 1_764_000_000_000;
let now = ARRIVAL;

/** Encodes a request with one scope for each of the given item counts. */
function requestOf(scopes: readonly number[], item: (index: number, items: WireWriter) => void): Uint8Array {
  const request = new WireWriter();
  let index = 0;
  for (const [i, count] of scopes.entries()) {
    request.message(1, (resource) => {
      resource.message(1, (attributes) => attributes.bytesField(99, Buffer.from(String(i % 3))));
      resource.message(2, (scope) => {
        scope.message(1, (name) => name.stringField(1, `scope ${i % 5}`));
        for (let k = 0; k < count; k++) item(index++, scope);
      });
    });
  }
  return request.finish();
}

const span = (index: number, scope: WireWriter) => scope.message(2, (it) => it.stringField(5, `n${index}`));
const record = (index: number, scope: WireWriter) =>
  scope.message(2, (it) => it.message(5, (body) => body.stringField(1, `n${index}`)));
const metric = (points: number) => (index: number, scope: WireWriter) =>
  scope.message(2, (it) =>
    it.stringField(1, `n${index}`).message(5, (gauge) => {
      for (let i = 0; i < points; i++) gauge.message(1, (point) => point.doubleField(4, index * points + i));
    }),
  );

interface Case {
  readonly name: string;
  readonly signal: Signal;
  readonly parts: readonly Uint8Array[];
  readonly items: number;
}

const CASES: readonly Case[] = [
  { name: 'spans of one scope', signal: 'traces', parts: [requestOf([60_000], span)], items: 60_000 },
  {
    name: 'spans of many scopes and parts',
    signal: 'traces',
    parts: [requestOf([3, 0, 30_000, 1], span), requestOf(Array(50_000).fill(1), span), requestOf([5], span)],
    items: 80_009,
  },
  { name: 'log records', signal: 'logs', parts: [requestOf([40_000, 7, 20_000], record)], items: 60_007 },
  { name: 'points of few metrics', signal: 'metrics', parts: [requestOf([2], metric(30_000))], items: 60_000 },
  { name: 'points of many metrics', signal: 'metrics', parts: [requestOf([20_000, 5000], metric(2))], items: 50_000 },
];

const PENDING_BYTES = 1 << 20;

for (const { name, signal, parts, items } of CASES) {
  test(`a record larger than the memory for columns is split across files, also after a crash: ${name}`, async (t) => {
    const directory = temporary(t);
    const journal = await openJournal({ directory: join(directory, 'journal', 'j1') });
    t.after(() => journal.close());
    const sizeBytes = parts.reduce((sum, { length }) => sum + length, 0);
    const batch: Batch = { ...batchOf(signal, new Uint8Array(), items, 'default', ARRIVAL), parts, sizeBytes };
    await journal.append(encodeRecord(batch));
    const moments: string[] = [];
    const done = await storeAll(directory, journal.durablePosition, () => {
      // The state after a crash at this point.
      const copy = temporary(t);
      cpSync(directory, copy, { recursive: true });
      moments.push(copy);
    });
    assert.ok(moments.length >= 2, `${moments.length} files`);
    const expected = await contents(directory, signal);
    assert.deepEqual(expected, { ...(expected as object), rows: items });
    assert.deepEqual(done, []);
    for (const copy of [moments[0], moments[moments.length >> 1], moments.at(-1)]) {
      assert.ok(copy !== undefined);
      await storeAll(copy, journal.durablePosition);
      assert.deepEqual(await contents(copy, signal), expected);
    }
  });
}

test('exports a record that was split across files unchanged', async (t) => {
  const directory = temporary(t);
  const journal = await openJournal({ directory: join(directory, 'journal', 'j1') });
  const request = requestOf([2, 30_000, 3], span);
  await journal.append(encodeRecord(batchOf('traces', request, 30_005, 'default', ARRIVAL)));
  await storeAll(directory, journal.durablePosition);
  await journal.close();
  const store = await openStore({ directory, retentionMillis: 1e13 });
  t.after(() => store.close());
  const requests: Uint8Array[] = [];
  const range = { tenant: 'default', start: 0n, end: 1n << 62n };
  for await (const part of store.export({ ...range, signal: 'traces' })) requests.push(part);
  // Concatenated requests form one request, and this one is smaller than the maximum that export returns.
  assert.ok(Buffer.concat(requests).equals(request));
});

const attributes = (field: number, count: number, owner: WireWriter) => {
  for (let i = 0; i < count; i++)
    owner.message(field, (pair) => pair.stringField(1, `k${i}`).message(2, (any) => any.bigIntField(3, BigInt(i))));
};
/** More items than fit into columns and JSON. */
const MANY = 17_000;

test('exports an item with more attributes, events and links than columns contain unchanged', async (t) => {
  const directory = temporary(t);
  const journal = await openJournal({ directory: join(directory, 'journal', 'j1') });
  const request = requestOf([2], (index, scope) =>
    scope.message(2, (it) => {
      it.stringField(5, `n${index}`);
      attributes(9, MANY + index, it);
      for (let i = 0; i < MANY; i++) it.message(11, (event) => event.stringField(2, `e${i}`));
      for (let i = 0; i < MANY; i++) it.message(13, (link) => link.stringField(3, `l${i}`));
    }),
  );
  await journal.append(encodeRecord(batchOf('traces', request, 2, 'default', ARRIVAL)));
  await storeAll(directory, journal.durablePosition);
  await journal.close();
  const store = await openStore({ directory, retentionMillis: 1e13 });
  t.after(() => store.close());
  const requests: Uint8Array[] = [];
  for await (const part of store.export({ tenant: 'default', start: 0n, end: 1n << 62n, signal: 'traces' })) {
    requests.push(part);
  }
  const items = (bytes: Uint8Array) => {
    const found: string[] = [];
    forEachItem('traces', bytes, (item) => {
      found.push(Buffer.from(item.bytes.subarray(item.start, item.end)).toString('latin1'));
    });
    return found;
  };
  assert.deepEqual(requests.flatMap(items), items(request));
});

/** Runs a store thread that writes a journal to files, and returns the errors it reports. */
async function storeAll(directory: string, position: number, onFile?: () => void): Promise<readonly string[]> {
  const errors: string[] = [];
  const closed = Promise.withResolvers<void>();
  const flushed = Promise.withResolvers<void>();
  const onEvent = (event: StoreEvent) => {
    if (event.kind === 'file-written') onFile?.();
    if (event.kind === 'error') errors.push(event.message);
  };
  const post = (message: FromThread) => {
    if (message.kind === 'event') onEvent(message.event);
    if (message.kind === 'reply') (message.id === 1 ? flushed : closed).resolve();
    if (message.kind === 'failure') flushed.reject(new Error(message.message));
  };
  const options: ThreadOptions = {
    directory,
    retentionMillis: 1e13,
    maxBytes: 10e9,
    rowsPerFile: 1_000_000,
    maxFileAgeMillis: 3_600_000,
    retryMillis: 5000,
    pendingBytes: PENDING_BYTES,
    firstPositions: { j1: 0 },
    positions: { j1: position },
    cutBytes: 0,
  };
  // Files are named by write time, so the second thread needs a later one.
  const clock = { now: () => ++now, monotonic: () => performance.now() };
  const thread = new StoreThread(options, post, clock);
  thread.handle({ kind: 'flush', id: 1, positions: { j1: position } });
  await flushed.promise;
  thread.handle({ kind: 'close', id: 2 } as ToThread);
  await closed.promise;
  return errors;
}

/** Returns the number of rows of a signal, and a checksum of their contents. */
async function contents(directory: string, signal: Signal): Promise<unknown> {
  const files = join(directory, 'data', 'default', signal, '*', '*.parquet');
  const own = { metrics: 'series, value_double', logs: 'body', traces: 'name', profiles: 'request' }[signal];
  const row = `hash(${own}, bits, scope_name, resource)`;
  const [result] = await queryDuckDb(
    `select count(*)::integer as rows, sum(${row}::hugeint)::varchar as sum from read_parquet('${files}')`,
  );
  return result;
}

function temporary(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'otelier-large-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
