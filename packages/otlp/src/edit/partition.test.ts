import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { arbitraryRequest } from '@otelier/testkit/otlp/arbitrary-request';
import type { KeyValueJson } from '@otelier/testkit/otlp-json';
import { decodeRequest, encodeRequest } from '@otelier/testkit/request-codec';
import fc from 'fast-check';
import { SIGNALS, type Signal } from '../signals.ts';
import { countItems } from '../wire/count.ts';
import { findField, payloadEnd, payloadStart } from '../wire/find.ts';
import { normalizeRequest } from '../wire/normalize.ts';
import { forEachItem } from './for-each-item.ts';
import {
  type Partition,
  partitionByResource,
  partitionByTraceId,
  partitionItems,
  partitionResources,
} from './partition.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** Returns every item together with the messages that contain it, as a string, and its trace ID. */
function itemsOf(signal: Signal, request: Uint8Array): { readonly all: string; readonly traceId: string }[] {
  const items: { readonly all: string; readonly traceId: string }[] = [];
  forEachItem(signal, request, (item) => {
    const { bytes, start, end } = item;
    const own = (from: number, to: number) => hex(bytes.subarray(from, to));
    const value = findField(bytes, start, end, SIGNALS[signal].traceIdField ?? -1);
    items.push({
      all: [
        own(start, end),
        own(item.resourceStart, item.resourceEnd),
        own(item.scopeStart, item.scopeEnd),
        // A metric and its data without points have no range of their own, so their name is sufficient.
        item.metricEnd > 0 ? own(...rangeOf(bytes, item.metricStart, item.metricEnd, 1)) : '',
        String(item.dataField),
      ].join(' '),
      traceId: value < 0 ? '' : own(payloadStart(bytes, value), payloadEnd(bytes, value)),
    });
  });
  return items;
}

function rangeOf(bytes: Uint8Array, start: number, end: number, field: number): [number, number] {
  const value = findField(bytes, start, end, field);
  return value < 0 ? [0, 0] : [payloadStart(bytes, value), payloadEnd(bytes, value)];
}

const present = (partitions: readonly (Partition | undefined)[]): Partition[] =>
  partitions.filter((partition) => partition !== undefined);

describe('partitions', () => {
  for (const signal of ['traces', 'metrics', 'logs'] as const) {
    test(`of ${signal} are canonical requests with the same items in total`, () => {
      fc.assert(
        fc.property(
          arbitraryRequest(signal),
          fc.integer({ min: 1, max: 5 }),
          fc.infiniteStream(fc.nat(4)),
          (json, count, stream) => {
            const normalized = normalizeRequest(signal, encodeRequest(signal, json));
            assert.ok(normalized.ok);
            const request = normalized.bytes;
            const buckets: number[] = [];
            const partitions = partitionItems(signal, request, count, () => {
              const bucket = (stream.next().value ?? 0) % count;
              buckets.push(bucket);
              return bucket;
            });
            assert.equal(partitions.length, count);
            const items = itemsOf(signal, request);
            for (const [bucket, partition] of partitions.entries()) {
              const expected = items.filter((_, index) => buckets[index] === bucket).map(({ all }) => all);
              assert.deepEqual(
                partition === undefined ? [] : itemsOf(signal, partition.bytes).map(({ all }) => all),
                expected,
              );
              if (partition === undefined) continue;
              assert.equal(partition.itemCount, expected.length);
              const again = normalizeRequest(signal, partition.bytes);
              assert.ok(again.ok && again.itemCount === partition.itemCount);
              assert.equal(hex(again.bytes), hex(partition.bytes));
            }
          },
        ),
        { seed: 20_261_130, numRuns: 200 },
      );
    });
  }

  test('repeat the resource and the scope in each bucket, and skip groups without items', () => {
    const requestOf = (
      names: readonly string[],
      ...empty: readonly { readonly scope: { readonly name: string } }[]
    ) => ({
      resourceSpans: [
        {
          resource: { attributes: [{ key: 'r', value: { stringValue: 'x' } }] },
          scopeSpans: [{ scope: { name: 'a' }, spans: names.map((name) => ({ name })) }, ...empty],
          schemaUrl: 'u',
        },
      ],
    });
    const request = encodeRequest('traces', requestOf(['s1', 's2', 's3'], { scope: { name: 'b' } }));
    let item = 0;
    const cut = partitionItems('traces', request, 3, () => (item++ === 1 ? 2 : 0));
    const decoded = cut.map((partition) => partition && decodeRequest('traces', partition.bytes));
    const expected = (...names: readonly string[]) =>
      decodeRequest('traces', encodeRequest('traces', requestOf(names)));
    assert.deepEqual(decoded, [expected('s1', 's3'), undefined, expected('s2')]);
  });

  test('return the same array for one bucket, and none without items', () => {
    const request = encodeRequest('logs', { resourceLogs: [{ scopeLogs: [{ logRecords: [{}, {}] }] }] });
    assert.equal(partitionItems('logs', request, 4, () => 3)[3]?.bytes, request);
    const empty = encodeRequest('logs', { resourceLogs: [{ scopeLogs: [{}] }] });
    assert.deepEqual(
      partitionItems('logs', empty, 2, () => 0),
      [undefined, undefined],
    );
  });
});

describe('partitions by trace id', () => {
  const traceIds = fc.array(fc.uint8Array({ minLength: 16, maxLength: 16 }), { minLength: 1, maxLength: 6 });

  test('keep all spans and log records of a trace in one bucket, across requests', () => {
    fc.assert(
      fc.property(
        traceIds,
        fc.integer({ min: 1, max: 7 }),
        fc.array(fc.nat(5), { minLength: 1, maxLength: 60 }),
        (ids, count, picks) => {
          const home = new Map<string, number>();
          const traceId = (pick: number) => hex(ids[pick % ids.length] ?? new Uint8Array());
          const requests = {
            traces: encodeRequest('traces', {
              resourceSpans: [{ scopeSpans: [{ spans: picks.map((pick) => ({ traceId: traceId(pick) })) }] }],
            }),
            logs: encodeRequest('logs', {
              resourceLogs: [{ scopeLogs: picks.map((pick) => ({ logRecords: [{ traceId: traceId(pick) }] })) }],
            }),
          };
          for (const signal of ['traces', 'logs'] as const) {
            const partitions = partitionByTraceId(signal, requests[signal], count, 0);
            assert.equal(
              present(partitions).reduce((sum, { itemCount }) => sum + itemCount, 0),
              picks.length,
            );
            for (const [bucket, partition] of partitions.entries()) {
              for (const item of partition === undefined ? [] : itemsOf(signal, partition.bytes)) {
                assert.equal(home.get(item.traceId) ?? bucket, bucket);
                home.set(item.traceId, bucket);
              }
            }
          }
        },
      ),
      { seed: 20_261_130 },
    );
  });

  test('spread traces, and put items without a trace id into the given bucket', () => {
    const spans = Array.from({ length: 400 }, (_, n) => ({ traceId: n.toString(16).padStart(32, '0') }));
    const request = encodeRequest('traces', { resourceSpans: [{ scopeSpans: [{ spans }] }] });
    for (const partition of partitionByTraceId('traces', request, 4, 0)) {
      assert.ok(partition && partition.itemCount > 60, `only ${partition?.itemCount} of 400`);
      assert.equal(countItems('traces', partition.bytes), partition.itemCount);
    }
    const logs = encodeRequest('logs', { resourceLogs: [{ scopeLogs: [{ logRecords: [{}, { traceId: '' }] }] }] });
    assert.equal(partitionByTraceId('logs', logs, 4, 2)[2]?.itemCount, 2);
    const metrics = encodeRequest('metrics', {
      resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name: 'm', gauge: { dataPoints: [{ asInt: 1 }] } }] }] }],
    });
    assert.equal(partitionByTraceId('metrics', metrics, 4, 1)[1]?.bytes, metrics);
  });
});

describe('partitions by resource', () => {
  test('keep all items of a resource in one bucket, whatever the order of its attributes, and spread resources', () => {
    const attribute = fc.record({
      key: fc.constantFrom('a', 'b', 'c', 'd'),
      value: fc.oneof(
        fc.record({ stringValue: fc.string() }),
        fc.record({ intValue: fc.integer().map(String) }),
        fc.constant({}),
        fc.constant({ kvlistValue: { values: [{ key: 'x', value: {} }] } }),
      ),
    });
    fc.assert(
      fc.property(fc.uniqueArray(attribute, { selector: ({ key }) => key }), fc.nat(3), (attributes, turn) => {
        const rotated = [...attributes.slice(turn), ...attributes.slice(0, turn)];
        const group = (list: readonly KeyValueJson[], name: string) => ({
          resource: { attributes: list },
          scopeLogs: [{ logRecords: [{ body: { stringValue: name } }] }],
        });
        const request = encodeRequest('logs', { resourceLogs: [group(attributes, 'x'), group(rotated, 'y')] });
        assert.equal(present(partitionByResource('logs', request, 7)).length, 1);
      }),
      { seed: 20_261_130 },
    );
    const resourceLogs = Array.from({ length: 400 }, (_, n) => ({
      resource: { attributes: [{ key: 'host', value: { stringValue: `host-${n}` } }] },
      scopeLogs: [{ logRecords: [{}] }],
    }));
    for (const partition of partitionByResource('logs', encodeRequest('logs', { resourceLogs }), 4))
      assert.ok(partition && partition.itemCount > 60, `only ${partition?.itemCount} of 400`);
  });
});

describe('partitions of whole resources', () => {
  for (const signal of ['traces', 'metrics', 'logs'] as const) {
    test(`of ${signal} have the same items as partitions of their items`, () => {
      fc.assert(
        fc.property(arbitraryRequest(signal), fc.integer({ min: 1, max: 4 }), (json, count) => {
          const normalized = normalizeRequest(signal, encodeRequest(signal, json));
          assert.ok(normalized.ok);
          const request = normalized.bytes;
          const bucketOf = ({ resourceGroupStart }: { readonly resourceGroupStart: number }) =>
            resourceGroupStart % count;
          const itemCount = countItems(signal, request);
          const byItem = partitionItems(signal, request, count, bucketOf);
          const byResource = partitionResources(signal, request, itemCount, count, bucketOf);
          for (let bucket = 0; bucket < count; bucket++) {
            const [left, right] = [byItem[bucket], byResource[bucket]];
            assert.equal(right?.itemCount ?? 0, left?.itemCount ?? 0);
            if (left !== undefined && right !== undefined)
              assert.deepEqual(itemsOf(signal, right.bytes), itemsOf(signal, left.bytes));
          }
        }),
        { seed: 20_261_130 },
      );
    });
  }
});
