import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { Layouts } from '../read/lookup/layouts.ts';
import { RowLookup } from '../read/lookup/row-lookup.ts';
import { picks, RandomTelemetry } from '../read/random-telemetry.testing.ts';
import { COLUMNS } from '../schema.ts';
import { Pending } from './pending.ts';
import { placeOfPending, replyOf } from './pending-replies.ts';

const directory = mkdtempSync(join(tmpdir(), 'otelier-replies-'));
after(() => rmSync(directory, { recursive: true, force: true }));
const START = 1_790_000_000_000_000_000n;
const LIMITS = { maxRows: 10_000, maxBytes: 64 << 20 };
let files = 0;

function pendingSpans(seed: number): Pending {
  const pending = new Pending('default', 'traces', {});
  const telemetry = new RandomTelemetry(picks(seed), START);
  for (let i = 0; i < 30; i++) {
    const { parts, context, itemCount } = telemetry.traces(20);
    const record = {
      tenant: 'default',
      signal: 'traces',
      arrivalMillis: context.arrivalMillis,
      itemCount,
      parts,
    } as const;
    for (const part of parts) pending.append(part, record, { skip: 0, maxBytes: Number.POSITIVE_INFINITY });
  }
  return pending;
}

/** Returns the rows of a file that contains the pending rows. */
function fileRows(pending: Pending, traceIds: readonly string[], columns: readonly string[]) {
  const [file] = pending.snapshot(
    () => join(directory, `${files++}.parquet`),
    () => assert.fail(),
  );
  assert.ok(file);
  const promoted = new Set([...columns, ...file.promoted]);
  const found = new RowLookup(new Layouts()).find({ paths: [file.path], traceIds, columns: [...promoted], ...LIMITS });
  assert.ok(found);
  return [...promoted].map((name, i) => [name, found.columns[i]] as const);
}

describe('replies from pending rows', () => {
  for (let seed = 1; seed <= 3; seed++) {
    test(`have the rows that a file of them has, seed ${seed}`, () => {
      const pending = pendingSpans(seed);
      const place = placeOfPending(pending);
      assert.ok(place);
      const newest = { start: START, end: START + 3_600_000_000_000n, limit: 1000, conditions: [] };
      const found = replyOf(pending, place, { newest })?.newest;
      assert.ok(found !== undefined && found.total === found.traces.length && found.total > 50);
      const traceIds = found.traces.filter((_, i) => i % 5 === seed).map(({ traceId }) => traceId);
      // Attributes are in the map or in columns of their own, depending on the number of rows that are read together.
      const columns = Object.keys(COLUMNS.traces).filter((name) => name !== 'attrs');
      const rows = replyOf(pending, place, {
        traceRows: { traceIds, columns, withAttributes: true, ...LIMITS },
      })?.traceRows;
      assert.ok(rows !== undefined && rows.rowCount >= traceIds.length);
      const fromFile = new Map(fileRows(pending, traceIds, columns));
      for (const [i, name] of rows.names.entries()) {
        if (columns.includes(name)) assert.deepEqual(rows.columns[i], fromFile.get(name), name);
      }
      const starts = firstStarts(fromFile.get('trace_id') ?? [], fromFile.get('start_time') ?? []);
      const checked = found.traces.filter(({ traceId }) => starts.has(traceId));
      assert.deepEqual(new Map(checked.map(({ traceId, time }) => [traceId, time])), starts);
      assert.deepEqual(
        found.traces.map(({ time }) => time),
        found.traces.map(({ time }) => time).sort(latestFirst),
      );
    });
  }

  test('are limited to a range and a number of traces', () => {
    const pending = pendingSpans(4);
    const place = placeOfPending(pending);
    assert.ok(place);
    const range = { start: place.minTime, end: place.maxTime, conditions: [] };
    const all = replyOf(pending, place, { newest: { ...range, limit: 1000 } })?.newest;
    const few = replyOf(pending, place, { newest: { ...range, limit: 7 } })?.newest;
    assert.deepEqual(few, { traces: all?.traces.slice(0, 7), total: all?.total });
    const rows = {
      traceIds: (all?.traces ?? []).map(({ traceId }) => traceId),
      columns: ['name'],
      withAttributes: false,
    };
    const reply = replyOf(pending, place, { traceRows: { ...rows, maxRows: 3, maxBytes: 1 << 20 } });
    assert.ok(reply);
    assert.equal(reply.traceRows, undefined);
  });

  test('end when the rows are written to a file, and are not needed when a snapshot has all of them', () => {
    const pending = pendingSpans(5);
    const place = placeOfPending(pending);
    assert.ok(place);
    pending.snapshot(
      () => join(directory, `${files++}.parquet`),
      () => assert.fail(),
    );
    assert.equal(placeOfPending(pending), undefined);
    assert.ok(replyOf(pending, place, {}));
    pending.clear();
    assert.equal(replyOf(pending, place, {}), undefined);
  });
});

/** Returns the first start of each trace. */
function firstStarts(traceIds: readonly unknown[], times: readonly unknown[]): ReadonlyMap<string, bigint> {
  const starts = new Map<string, bigint>();
  for (const [i, traceId] of traceIds.entries()) {
    const start = times[i];
    assert.ok(typeof traceId === 'string' && typeof start === 'bigint');
    const known = starts.get(traceId);
    if (known === undefined || start < known) starts.set(traceId, start);
  }
  return starts;
}

function latestFirst(a: bigint, b: bigint): number {
  return a > b ? -1 : a < b ? 1 : 0;
}
