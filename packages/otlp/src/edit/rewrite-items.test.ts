import assert from 'node:assert/strict';
import { test } from 'node:test';
import { arbitraryRequest } from '@otelier/testkit/otlp/arbitrary-request';
import { decodeRequest, encodeRequest } from '@otelier/testkit/request-codec';
import fc from 'fast-check';
import { SIGNALS, type Signal } from '../signals.ts';
import { encodeAnyValue } from '../views/any-value.ts';
import { SPAN_FIELDS } from '../views/span.ts';
import { countItems } from '../wire/count.ts';
import { normalizeRequest } from '../wire/normalize.ts';
import { WireWriter } from '../wire/writer.ts';
import { dropFromList, replaceField } from './fields.ts';
import { forEachItem } from './for-each-item.ts';
import { type RewriteHooks, rewriteItems } from './rewrite-items.ts';

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** Encodes a logs request from nested arrays: one array per resource, each with an array of log bodies per scope. */
function logs(...resources: readonly (readonly (readonly string[])[])[]): Uint8Array {
  return encodeRequest('logs', {
    resourceLogs: resources.map((scopes, r) => ({
      resource: { attributes: [{ key: 'r', value: { stringValue: `r${r}` } }] },
      scopeLogs: scopes.map((bodies, s) => ({
        scope: { name: `s${s}` },
        logRecords: bodies.map((stringValue) => ({ body: { stringValue } })),
      })),
    })),
  });
}

/** Returns the bodies in a request; the inverse of `logs`. */
function bodies(request: Uint8Array | undefined): unknown {
  if (request === undefined) return undefined;
  const { resourceLogs = [] } = decodeRequest('logs', request);
  return resourceLogs.map(({ scopeLogs = [] }) =>
    scopeLogs.map(({ logRecords = [] }) => logRecords.map((record) => record.body?.stringValue)),
  );
}

const dropBodies =
  (...dropped: readonly string[]): NonNullable<RewriteHooks['item']> =>
  ({ bytes, start, end }) =>
    dropped.some((body) => text(bytes.subarray(start, end)).includes(body)) ? 'drop' : 'keep';

test('returns the same array when everything is kept', () => {
  const request = logs([['a'], []], [['b', 'c']]);
  const result = rewriteItems('logs', request, { item: () => 'keep', resource: () => 'keep', scope: () => 'keep' });
  assert.deepEqual(result, { bytes: request, kept: 3, dropped: 0, changed: false });
  assert.equal(result.bytes, request);
  assert.deepEqual(rewriteItems('logs', new Uint8Array(), {}).bytes, new Uint8Array());
});

test('drops scopes and resources with their last item, and keeps those that were empty', () => {
  const request = logs([['a'], [], ['b', 'c']], [['d']], []);
  const drop = (...dropped: readonly string[]) => rewriteItems('logs', request, { item: dropBodies(...dropped) });
  assert.deepEqual(bodies(drop('b').bytes), [[['a'], [], ['c']], [['d']], []]);
  assert.deepEqual(bodies(drop('a', 'd').bytes), [[[], ['b', 'c']], []]);
  assert.deepEqual(bodies(drop('a', 'b', 'c').bytes), [[[]], [['d']], []]);
  assert.deepEqual({ ...drop('a', 'd'), bytes: undefined }, { bytes: undefined, kept: 2, dropped: 2, changed: true });
});

test('returns no bytes when everything is dropped', () => {
  const result = rewriteItems('logs', logs([['a']], [['b'], ['c']]), { item: () => 'drop' });
  assert.deepEqual(result, { bytes: undefined, kept: 0, dropped: 3, changed: true });
});

test('replaces items and updates the lengths around them', () => {
  const request = logs([['a', 'b'.repeat(200), 'c']]);
  const writer = new WireWriter();
  for (const body of ['', 'x', 'y'.repeat(20_000)]) {
    const { bytes, kept } = rewriteItems('logs', request, {
      item: ({ bytes: all, start, end }) => {
        if (!text(all.subarray(start, end)).includes('bb')) return 'keep';
        writer.open(5);
        writer.raw(encodeAnyValue(body));
        writer.close();
        return writer.finish();
      },
    });
    assert.equal(kept, 3);
    assert.deepEqual(bytes, logs([['a', body, 'c']]));
  }
});

test('drops and replaces resources and scopes, and counts their items as dropped', () => {
  const request = logs([['a', 'b'], ['c']], [['d']]);
  const withoutFirst = rewriteItems('logs', request, {
    resource: (cursor) =>
      text(cursor.bytes.subarray(cursor.resourceStart, cursor.resourceEnd)).includes('r0') ? 'drop' : 'keep',
  });
  assert.deepEqual(bodies(withoutFirst.bytes), [[['d']]]);
  assert.deepEqual([withoutFirst.kept, withoutFirst.dropped], [1, 3]);
  const withoutScope = rewriteItems('logs', request, {
    scope: (cursor) =>
      text(cursor.bytes.subarray(cursor.scopeStart, cursor.scopeEnd)).includes('s0') ? 'drop' : 'keep',
  });
  assert.deepEqual(bodies(withoutScope.bytes), [[['c']]]);
  const named = new WireWriter();
  named.stringField(1, 'new');
  const scope = named.finish();
  const { bytes = new Uint8Array() } = rewriteItems('logs', request, { scope: () => scope, item: dropBodies('b') });
  const { resourceLogs = [] } = decodeRequest('logs', bytes);
  assert.deepEqual(bodies(bytes), [[['a'], ['c']], [['d']]]);
  assert.deepEqual(
    resourceLogs.flatMap((r) => r.scopeLogs?.map((s) => s.scope?.name)),
    ['new', 'new', 'new'],
  );
  assert.equal(resourceLogs.length, 2);
});

test('adds a resource to a group without one, and finds one after its scopes', () => {
  const writer = new WireWriter();
  const resource = encodeRequest('logs', {}).slice();
  writer.open(1);
  writer.stringField(1, 'k');
  writer.close();
  const changed = writer.finish();
  const group = (write: (writer: WireWriter) => void): Uint8Array => {
    writer.open(1);
    write(writer);
    writer.close();
    return writer.finish();
  };
  const scope = (w: WireWriter): void => {
    w.open(2);
    w.open(2);
    w.stringField(3, 'INFO');
    w.close();
    w.close();
  };
  const bare = rewriteItems('logs', group(scope), { resource: () => changed });
  assert.deepEqual(
    bare.bytes,
    group((w) => {
      w.bytesField(1, changed);
      scope(w);
    }),
  );
  const last = group((w) => {
    scope(w);
    w.bytesField(1, resource);
  });
  assert.deepEqual(
    rewriteItems('logs', last, { resource: () => changed }).bytes,
    group((w) => {
      scope(w);
      w.bytesField(1, changed);
    }),
  );
});

const METRICS = {
  resourceMetrics: [
    {
      scopeMetrics: [
        {
          metrics: [
            { name: 'empty' },
            { name: 'no points', gauge: {} },
            { name: 'sum', sum: { isMonotonic: true, dataPoints: [{ asInt: '1' }, { asInt: '2' }] } },
            { name: 'summary', summary: { dataPoints: [{ count: '7' }] } },
          ],
        },
      ],
    },
  ],
};

function metricsOf(request: Uint8Array | undefined): unknown {
  if (request === undefined) return undefined;
  return decodeRequest('metrics', request).resourceMetrics?.flatMap((r) => r.scopeMetrics?.flatMap((s) => s.metrics));
}

test('drops metrics with their last point, and keeps those that were empty', () => {
  const request = encodeRequest('metrics', METRICS);
  const [empty, noPoints, sum, summary] = METRICS.resourceMetrics[0]?.scopeMetrics[0]?.metrics ?? [];
  const firstPoint = rewriteItems('metrics', request, {
    item: (() => {
      let n = 0;
      return () => (n++ === 0 ? 'drop' : 'keep');
    })(),
  });
  assert.deepEqual(metricsOf(firstPoint.bytes), [
    empty,
    noPoints,
    { ...sum, sum: { isMonotonic: true, dataPoints: [{ asInt: '2' }] } },
    summary,
  ]);
  const none = rewriteItems('metrics', request, { item: () => 'drop' });
  assert.deepEqual(metricsOf(none.bytes), [empty, noPoints]);
  assert.deepEqual([none.kept, none.dropped], [0, 3]);
});

test('drops and replaces whole metrics', () => {
  const request = encodeRequest('metrics', METRICS);
  const [, noPoints, , summary] = METRICS.resourceMetrics[0]?.scopeMetrics[0]?.metrics ?? [];
  const writer = new WireWriter();
  writer.stringField(1, 'instead');
  const instead = writer.finish();
  const seen: number[] = [];
  const result = rewriteItems('metrics', request, {
    metric: ({ bytes, metricStart, metricEnd }) => {
      const metric = text(bytes.subarray(metricStart, metricEnd));
      return metric.includes('empty') ? 'drop' : metric.includes('\u0003sum') ? instead : 'keep';
    },
    item: (cursor) => {
      seen.push(cursor.dataField);
      return 'keep';
    },
  });
  assert.deepEqual(metricsOf(result.bytes), [noPoints, { name: 'instead' }, summary]);
  assert.deepEqual(seen, [11], 'does not visit the points of a replaced metric');
  assert.deepEqual([result.kept, result.dropped], [1, 2]);
});

test('changes fields and drops events within an item, in any order', () => {
  const spans = (first: object, second: object): Uint8Array =>
    encodeRequest('traces', { resourceSpans: [{ scopeSpans: [{ spans: [first, second] }] }] });
  const request = spans(
    { name: 'one', traceState: 'old=1', events: [{ name: 'a' }, { name: 'b' }, { name: 'c' }] },
    { name: 'two' },
  );
  const writer = new WireWriter();
  writer.stringField(SPAN_FIELDS.traceState, 'ot=th:8');
  const traceState = writer.finish();
  const { bytes } = rewriteItems('traces', request, {
    item: ({ bytes: all, start, end, splices }) => {
      const dropped = dropFromList(splices, all, start, end, SPAN_FIELDS.events, (_, to) => all[to - 1] !== 0x62);
      if (dropped > 0) replaceField(splices, all, start, end, SPAN_FIELDS.traceState, traceState);
      return 'keep';
    },
  });
  assert.deepEqual(
    bytes,
    spans({ name: 'one', traceState: 'ot=th:8', events: [{ name: 'a' }, { name: 'c' }] }, { name: 'two' }),
  );
  const added = rewriteItems('traces', request, {
    item: ({ bytes: all, start, end, splices }) => {
      replaceField(splices, all, start, end, SPAN_FIELDS.name, undefined);
      replaceField(splices, all, start, end, SPAN_FIELDS.traceState, traceState);
      return 'keep';
    },
  });
  const decoded = decodeRequest('traces', added.bytes ?? new Uint8Array()).resourceSpans?.[0]?.scopeSpans?.[0]?.spans;
  assert.deepEqual(
    decoded?.map((span) => [span.name, span.traceState]),
    [
      [undefined, 'ot=th:8'],
      [undefined, 'ot=th:8'],
    ],
  );
});

test('ignores changes to an item that is dropped or replaced', () => {
  const request = logs([['a', 'b']]);
  const { bytes } = rewriteItems('logs', request, {
    item: ({ start, end, splices, bytes: all }) => {
      splices.remove(start, end);
      return text(all.subarray(start, end)).includes('a') ? 'drop' : all.slice(start, end);
    },
  });
  assert.deepEqual(bytes, logs([['b']]));
});

/** Keeps the items whose index `keep` accepts, using plain objects: the reference implementation of rewriting. */
function filterPlainly(node: unknown, names: readonly string[], keep: () => boolean): unknown {
  const [name, ...below] = names;
  if (name === undefined) return keep() ? node : undefined;
  const parent = node as Record<string, unknown>;
  const children = (name === '*' ? DATA.find((data) => data in parent) : name) ?? name;
  const value = parent[children];
  if (value === undefined) return parent;
  if (!Array.isArray(value)) {
    const data = filterPlainly(value, below, keep);
    return data === undefined ? undefined : { ...parent, [children]: data };
  }
  if (value.length === 0) return parent;
  const kept = value.map((child) => filterPlainly(child, below, keep)).filter((child) => child !== undefined);
  return kept.length === 0 ? undefined : { ...parent, [children]: kept };
}

const DATA = ['gauge', 'sum', 'histogram', 'exponentialHistogram', 'summary'];
const LEVELS = {
  traces: ['resourceSpans', 'scopeSpans', 'spans'],
  logs: ['resourceLogs', 'scopeLogs', 'logRecords'],
  metrics: ['resourceMetrics', 'scopeMetrics', 'metrics', '*', 'dataPoints'],
} as const;

for (const signal of ['traces', 'metrics', 'logs'] as const) {
  test(`dropping ${SIGNALS[signal].itemNoun.many} matches dropping them from objects`, () => {
    fc.assert(
      fc.property(
        arbitraryRequest(signal),
        fc.array(fc.boolean(), { minLength: 1, maxLength: 5 }),
        (request, pattern) => {
          const bytes = encodeRequest(signal, request as never);
          let index = 0;
          const next = (): boolean => pattern[index++ % pattern.length] as boolean;
          const result = rewriteItems(signal, bytes, { item: () => (next() ? 'keep' : 'drop') });
          index = 0;
          const before = decodeRequest(signal, bytes);
          const expected = filterPlainly(before, LEVELS[signal], next);
          const after = result.bytes === undefined ? undefined : decodeRequest(signal, result.bytes);
          assert.deepEqual(after, expected);
          assert.equal(result.kept + result.dropped, countItems(signal, bytes));
          assert.equal(result.kept, result.bytes === undefined ? 0 : countItems(signal, result.bytes));
          if (result.bytes !== undefined) assertCanonical(signal, result.bytes);
        },
      ),
      { seed: 20_261_130, numRuns: 200 },
    );
  });
}

function assertCanonical(signal: Signal, bytes: Uint8Array): void {
  const normalized = normalizeRequest(signal, bytes);
  assert.ok(normalized.ok);
  assert.equal(normalized.bytes, bytes);
}

test('visits items with the ranges of the messages that contain them', () => {
  const request = encodeRequest('metrics', {
    resourceMetrics: [
      {
        resource: { attributes: [{ key: 'r' }] },
        scopeMetrics: [{ metrics: METRICS.resourceMetrics[0]?.scopeMetrics[0]?.metrics ?? [] }],
      },
    ],
  });
  const seen: string[] = [];
  forEachItem('metrics', request, (item) => {
    seen.push(
      [
        item.end - item.start,
        item.resourceEnd - item.resourceStart,
        item.scopeEnd - item.scopeStart,
        item.dataField,
      ].join(),
    );
    assert.ok(item.metricStart < item.dataStart && item.dataStart < item.start && item.end <= item.dataEnd);
    assert.ok(item.resourceGroupStart < item.scopeGroupStart && item.scopeGroupEnd <= item.resourceGroupEnd);
  });
  assert.deepEqual(seen, ['9,5,0,7', '9,5,0,7', '9,5,0,11']);
});

test('records changes of a group after its items, and counts appended items', () => {
  const request = logs([['a', 'b'], ['c']], [['d']]);
  const left: string[] = [];
  const writer = new WireWriter();
  const result = rewriteItems('logs', request, {
    item: ({ bytes, start, end }) => (text(bytes.subarray(start, end)).includes('b') ? 'drop' : 'keep'),
    leave(kind, { splices, resourceGroupEnd, scopeGroupEnd }) {
      left.push(kind);
      if (kind === 'resource') {
        writer.stringField(3, 'https://schema');
        splices.insert(resourceGroupEnd, writer.finish());
        return 0;
      }
      writer.open(2);
      writer.stringField(3, 'added');
      writer.close();
      splices.insert(scopeGroupEnd, writer.finish());
      return 1;
    },
  });
  assert.deepEqual(left, ['scope', 'scope', 'resource', 'scope', 'resource']);
  assert.deepEqual([result.kept, result.dropped], [6, 1]);
  const { resourceLogs = [] } = decodeRequest('logs', result.bytes ?? new Uint8Array());
  assert.deepEqual(
    resourceLogs.map((group) => JSON.stringify(group).includes('https://schema')),
    [true, true],
  );
  assert.equal(countItems('logs', result.bytes ?? new Uint8Array()), 6);
});
