import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { rowObjects } from '../read/lookup/direct.ts';
import { Layouts } from '../read/lookup/layouts.ts';
import { RowLookup } from '../read/lookup/row-lookup.ts';
import { picks, RandomTelemetry } from '../read/random-telemetry.testing.ts';
import { later } from '../read/shared/times.ts';
import { MergedErrors } from '../read/summaries/merge-errors.ts';
import { MergedRequests } from '../read/summaries/merge-requests.ts';
import type { PackedRequests } from '../read/summaries/protocol.ts';
import { errorGroups } from '../read/traces/error-groups.ts';
import type { NewestTraces } from '../scan/newest.ts';
import { COLUMNS } from '../schema.ts';
import { Pending } from './pending.ts';
import { placeOfPending, replyOf } from './pending-replies.ts';
import type { PendingQuestion, PendingReply } from './protocol.ts';

const directory = mkdtempSync(join(tmpdir(), 'otelier-replies-'));
after(() => rmSync(directory, { recursive: true, force: true }));
const START = 1_790_000_000_000_000_000n;
const LIMITS = { maxRows: 10_000, maxBytes: 64 << 20 };
let files = 0;

/** Returns pending spans. With `frozenAfter`, those of so many requests are being written to a file. */
function pendingSpans(seed: number, frozenAfter = 0): Pending {
  const pending = new Pending('default', 'traces', {});
  const telemetry = new RandomTelemetry(picks(seed), START);
  for (let i = 0; i < 30; i++) {
    if (frozenAfter > 0 && i === frozenAfter) pending.freeze({});
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
    pending.freeze({});
    assert.ok(replyOf(pending, place, {}));
    pending.remove();
    assert.equal(replyOf(pending, place, {}), undefined);
  });

  for (let seed = 6; seed <= 8; seed++) {
    test(`are the same while some of the rows are being written to a file, seed ${seed}`, () => {
      const [whole, divided] = [pendingSpans(seed), pendingSpans(seed, seed * 3)];
      assert.deepEqual([whole.files.length, divided.files.length], [1, 2]);
      assert.deepEqual(placeOfPending(divided)?.rows, placeOfPending(whole)?.rows);
      const ask = (pending: Pending, question: PendingQuestion) => {
        const place = placeOfPending(pending);
        assert.ok(place);
        const reply = replyOf(pending, place, question);
        assert.ok(reply);
        return reply;
      };
      const same = (question: PendingQuestion, of: (reply: PendingReply) => unknown) => {
        const [found, expected] = [of(ask(divided, question)), of(ask(whole, question))];
        assert.deepEqual(found, expected);
        assert.ok(JSON.stringify(found, plain).length > 20);
      };
      const range = { start: START, end: START + 3_600_000_000_000n };
      const conditions = [{ field: 'attributes.http.route', op: '=', value: '/cart' }] as const;
      const inSteps = { range: { ...range, steps: 7 }, conditions };
      same({ newest: { ...range, limit: 1000, conditions } }, ({ newest }) => newest);
      same({ requests: { ...inSteps, by: 'operation' } }, ({ requests }) => requestsOf(requests?.serving));
      same({ requests: { ...inSteps, by: 'service' } }, ({ requests }) => requestsOf(requests?.roots));
      same({ errors: inSteps }, ({ errors = [] }) => {
        const merged = new MergedErrors(7);
        for (const error of errors) merged.add(error);
        return errorGroups(merged, 1000);
      });
      same({ values: { ...range, field: 'attributes.mixed', conditions } }, ({ values }) => sorted(values?.values));
      same({ services: { ...range, service: undefined } }, ({ services = [] }) =>
        sorted(
          [...Map.groupBy(services, ({ service, version }) => `${service} ${version}`)].map(([name, own]) => ({
            name,
            items: own.reduce((sum, { items }) => sum + items, 0),
            serving: own.some(({ serving }) => serving),
            lastSeen: own.map(({ lastSeen }) => lastSeen).reduce(later, undefined),
          })),
        ),
      );
      same({ keys: true }, ({ keys = {} }) => Object.fromEntries(Object.entries(keys).sort()));
      same({ nearest: { start: START, end: START + 1n } }, ({ nearest }) => nearest);
      const columns = Object.keys(COLUMNS.traces);
      const rows = { traceIds: [], ofNewest: 9, columns, withAttributes: false, ...LIMITS };
      same({ newest: { ...range, limit: 1000, conditions: [] }, traceRows: rows }, ({ traceRows }) => {
        const found = traceRows === undefined ? [] : rowObjects(traceRows);
        // The attributes that have their own columns depend on the number of rows.
        return sorted(found.map(({ attrs: _, ...row }) => row));
      });
    });
  }

  test('list the newest traces of rows that are being written and of others as far as they are certain', () => {
    const [whole, divided] = [pendingSpans(9), pendingSpans(9, 15)];
    for (const limit of [1, 3, 10, 50]) {
      const [all, found] = [whole, divided].map((pending) => {
        const place = placeOfPending(pending);
        assert.ok(place);
        return replyOf(pending, place, { newest: { start: 0n, end: 1n << 62n, limit, conditions: [] } })?.newest;
      });
      assert.ok(all && found && found.traces.length > 0 && found.total <= all.total);
      // Only the last ones may be missing, and then the total says so.
      const last = found.traces.at(-1)?.time ?? 0n;
      const times = (traces: NewestTraces['traces']) =>
        new Set(traces.map(({ traceId, time }) => `${traceId} ${time}`));
      const newer = all.traces.filter(({ time }) => time > last);
      assert.ok([...times(newer)].every((one) => times(found.traces).has(one)));
      if (found.traces.length < limit) assert.ok(found.total > found.traces.length);
    }
  });
});

function requestsOf(packed: PackedRequests | undefined): unknown {
  const merged = new MergedRequests();
  if (packed !== undefined) merged.addPacked(packed);
  return sorted(
    [...merged.all()].map(({ service, name, steps }) => {
      const counts = [...steps].map(([step, stats]) => [
        step,
        stats.count,
        stats.errors,
        stats.min,
        stats.max,
        stats.sum,
      ]);
      return { service, name, steps: sorted(counts) };
    }),
  );
}

function sorted(items: readonly unknown[] = []): readonly unknown[] {
  return items.toSorted((a, b) => (JSON.stringify(a, plain) < JSON.stringify(b, plain) ? -1 : 1));
}

function plain(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}

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
