import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type Signal, WireWriter } from '@otelier/otlp';
import { decodeRequest, encodeRequest } from '@otelier/testkit/request-codec';
import fc from 'fast-check';
import { encodeParquet } from '../../parquet/file.ts';
import { readTwice } from '../../parquet/readers.testing.ts';
import { blastSpans, createRandom } from '../blast.testing.ts';
import { createBuilder } from '../builders.ts';
import { EveryField } from '../every-field.testing.ts';
import type { SignalBuilder } from '../signal-builder.ts';
import { forEachField } from '../wire.ts';
import { RequestRebuilder } from './rebuild.ts';
import type { StoredRow } from './rebuild-item.ts';

const directory = mkdtempSync(join(tmpdir(), 'otelier-rebuild-'));
after(() => rmSync(directory, { recursive: true, force: true }));

let files = 0;

/** Reads a builder's rows back from Parquet with two readers. */
async function storedRows(builder: SignalBuilder, from = 0, to = builder.rows) {
  const table = builder.table(from, to);
  const extras = { rows: table.rows, attachment: table.traceIndex, metadata: () => ({}) };
  const readings = await readTwice(
    Buffer.concat(encodeParquet(table.columns, extras)),
    join(directory, `${files++}.parquet`),
  );
  assert.deepEqual(readings.duckdb, readings.hyparquet, 'the readers agree on every column');
  assert.equal(readings.duckdb.length, to - from);
  return readings.duckdb.map(toStoredRow);
}

function toStoredRow(row: Record<string, unknown>): StoredRow {
  return Object.fromEntries(
    Object.entries(row).map(([column, value]) => {
      if (value === null) return [column, undefined];
      if (typeof value === 'string' && value.startsWith('bytes:')) return [column, Buffer.from(value.slice(6), 'hex')];
      return [column, column === 'attrs' ? new Map(Object.entries(value as object)) : value];
    }),
  ) as StoredRow;
}

function rebuild(signal: Signal, rows: readonly StoredRow[]): Uint8Array {
  const rebuilder = new RequestRebuilder(signal);
  const requests: Uint8Array[] = [];
  for (const row of rows) {
    const request = rebuilder.add(row);
    if (request !== undefined) requests.push(request);
  }
  return Buffer.concat([...requests, rebuilder.finish() ?? new Uint8Array(0)]);
}

/** Removes containers without items, which have no row in the store. */
function withoutEmptyContainers(signal: Signal, request: Uint8Array): Uint8Array {
  return (
    prune(request, signal === 'metrics' ? [[1], [2], [2], [5, 7, 9, 10, 11], [1]] : [[1], [2], [2]]) ??
    new Uint8Array(0)
  );
}

/** Returns the message with only those fields of `path` that lead to an item, or `undefined` if none do. */
function prune(message: Uint8Array, path: readonly (readonly number[])[]): Uint8Array | undefined {
  const [wanted, ...deeper] = path;
  if (wanted === undefined) return message;
  const out = new WireWriter();
  let found = false;
  forEachField(message, 0, message.length, (field, wireType, from, to, start) => {
    if (wireType !== 2 || !wanted.includes(field)) {
      out.raw(message.subarray(start, to));
      return;
    }
    const kept = prune(message.subarray(from, to), deeper);
    if (kept === undefined) return;
    found = true;
    out.bytesField(field, kept);
  });
  return found ? out.finish() : undefined;
}

for (const signal of ['traces', 'logs', 'metrics'] as const) {
  test(`${signal}: requests with every field are rebuilt byte by byte, and both readers agree on every column`, async () => {
    for (let seed = 1; seed <= 6; seed++) {
      const every = new EveryField(createRandom(seed));
      const builder = createBuilder(signal);
      const expected: Uint8Array[] = [];
      for (let i = 0; i < 60; i++) {
        const request = every[signal]();
        builder.append(request, 1_764_000_000_000);
        expected.push(withoutEmptyContainers(signal, request));
      }
      assertSameBytes(rebuild(signal, await storedRows(builder)), Buffer.concat(expected), `seed ${seed}`);
    }
  });

  test(`${signal}: tables of parts equal the table of the whole`, async () => {
    const every = new EveryField(createRandom(99));
    const builder = createBuilder(signal);
    for (let i = 0; i < 40; i++) builder.append(every[signal](), 1_764_000_000_000);
    const whole = rebuild(signal, await storedRows(builder));
    const cuts = [0, 1, 17, Math.floor(builder.rows / 2), builder.rows];
    const rows: StoredRow[] = [];
    for (let i = 1; i < cuts.length; i++) rows.push(...(await storedRows(builder, cuts[i - 1] ?? 0, cuts[i] ?? 0)));
    assertSameBytes(rebuild(signal, rows), whole, 'parts');
  });
}

function assertSameBytes(actual: Uint8Array, expected: Uint8Array, message: string): void {
  if (Buffer.compare(actual, expected) !== 0) assert.fail(`${message}: ${firstDifference(actual, expected, '')}`);
}

/** Returns the path of the first difference between two messages. */
function firstDifference(actual: Uint8Array, expected: Uint8Array, path: string): string {
  const [left, right] = [fieldsOf(actual), fieldsOf(expected)];
  const show = (bytes: Uint8Array | undefined) => JSON.stringify(Buffer.from(bytes ?? []).toString('latin1'));
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const [a, b] = [left[i], right[i]];
    if (a !== undefined && b !== undefined && Buffer.compare(a.bytes, b.bytes) === 0) continue;
    if (a === undefined || b === undefined || a.field !== b.field || path.split('/').length > 9) {
      return `${path}: got ${a?.field}: ${show(a?.bytes)}, expected ${b?.field}: ${show(b?.bytes)}`;
    }
    try {
      return firstDifference(a.value, b.value, `${path}/${a.field}[${i}]`);
    } catch {
      return `${path}/${a.field}: got ${show(a.bytes)}, expected ${show(b.bytes)}`;
    }
  }
  return `${path}: nothing`;
}

function fieldsOf(message: Uint8Array) {
  const fields: { readonly field: number; readonly bytes: Uint8Array; readonly value: Uint8Array }[] = [];
  forEachField(message, 0, message.length, (field, _type, from, to, start) => {
    fields.push({ field, bytes: message.subarray(start, to), value: message.subarray(from, to) });
  });
  return fields;
}

test('keeps the order of attributes of events, links and exemplars, whatever their keys', async () => {
  const key = fc.oneof(fc.nat(30).map(String), fc.constantFrom('', '-1', '01', '__proto__', 'a', '\\\\', '"', 'é'));
  const keys = fc.uniqueArray(key, { minLength: 2, maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(keys, async (names) => {
      const attributes = names.map((name, i) => ({ key: name, value: { intValue: String(i) } }));
      const span = { traceId: '1'.repeat(32), events: [{ name: 'e', attributes }], links: [{ attributes }] };
      const exemplars = [{ timeUnixNano: '5', asDouble: 1, filteredAttributes: attributes }];
      const dataPoints = [{ timeUnixNano: '5', asDouble: 1, exemplars }];
      const requests = {
        traces: encodeRequest('traces', { resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] }),
        metrics: encodeRequest('metrics', {
          resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name: 'm', gauge: { dataPoints } }] }] }],
        }),
      };
      for (const signal of ['traces', 'metrics'] as const) {
        const builder = createBuilder(signal);
        builder.append(requests[signal], 1_764_000_000_000);
        const rebuilt = decodeRequest(signal, rebuild(signal, await storedRows(builder)));
        assert.deepEqual(rebuilt, decodeRequest(signal, requests[signal]));
      }
    }),
    { numRuns: 30, seed: 1 },
  );
});

test('a malformed request leaves the builder unchanged', async () => {
  const random = createRandom(5);
  const good = blastSpans(random, 20, 1_764_000_000_000_000_000n);
  const bad = blastSpans(random, 20, 1_764_000_000_000_000_000n).slice(0, -7);
  const builder = createBuilder('traces');
  builder.append(good, 0);
  assert.throws(() => builder.append(bad, 0), RangeError);
  assert.equal(builder.rows, 20);
  builder.append(good, 0);
  assertSameBytes(rebuild('traces', await storedRows(builder)), Buffer.concat([good, good]), 'rebuilt');
});

test('stores profiles whole, with their service and number', async () => {
  const writer = new WireWriter();
  writer.message(1, (outer) => {
    outer.message(1, (resource) =>
      resource.message(1, (pair) =>
        pair.stringField(1, 'service.name').message(2, (any) => any.stringField(1, 'shop')),
      ),
    );
    outer.message(2, (scope) => scope.bytesField(2, new Uint8Array([1])).bytesField(2, new Uint8Array([2])));
  });
  const request = writer.finish();
  const builder = createBuilder('profiles');
  builder.append(request, 1_764_000_000_000);
  const [row] = await storedRows(builder);
  assert.equal(row?.['service_name'], 'shop');
  assert.equal(row?.['item_count'], 2n);
  assert.equal(row?.['time'], 1_764_000_000_000_000_000n);
  assertSameBytes(new RequestRebuilder('profiles').add(row ?? {}) ?? new Uint8Array(0), request, 'request');
});
