import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ItemFilter, SelectedSpan, SelectSpansQuery, Store } from '@otelier/store';
import { keyValues, type SpanJson, type TracesJson } from '../otlp-json.ts';
import { batchOf, decodeRequest } from '../request-codec.ts';
import { at, span, spanId, traceId } from './telemetry.ts';

/** Spans of other tests have other tenants, so that these tests see only their own. */
const TENANT = 'spans';
const RANGE = { tenant: TENANT, start: at(0), end: at(60) } as const;
const EVERY_PART = { attributes: 'all', resource: true, scope: true, events: true, links: true } as const;

const SPANS: readonly SpanJson[] = [
  {
    ...span({ trace: 1, id: 1, name: 'root', kind: 'server', start: at(1), millis: 40 }),
    traceState: 'a=b',
    attributes: keyValues({ route: '/cart', size: 5, ok: true }).concat([
      { key: 'share', value: { doubleValue: 2 } },
      { key: 'tags', value: { arrayValue: { values: [{ stringValue: 'a' }, { stringValue: 'b' }] } } },
    ]),
    events: [{ timeUnixNano: at(1, 5n).toString(), name: 'retry', attributes: keyValues({ attempt: 2 }) }],
    links: [{ traceId: traceId(9), spanId: spanId(9), attributes: keyValues({ why: 'batch' }) }],
    status: { code: 2, message: 'no' },
  },
  {
    ...span({ trace: 1, id: 2, parent: 1, name: 'query', kind: 'client', start: at(1, 7n), millis: 1 }),
    attributes: [...keyValues({ route: 'db' }), { key: 'size', value: { doubleValue: 2.5 } }],
  },
  span({ trace: 2, id: 3, name: 'root', kind: 'server', start: at(30), millis: 2, attributes: { route: '/pay' } }),
];
const REQUEST: TracesJson = {
  resourceSpans: [
    {
      resource: { attributes: keyValues({ 'service.name': 'shop', zone: 'eu', cpus: 4 }) },
      scopeSpans: [{ scope: { name: 'http', version: '1.2', attributes: keyValues({ lang: 'js' }) }, spans: SPANS }],
    },
  ],
};

/** Writes the spans of these tests. */
export async function writeSpans(store: Store): Promise<void> {
  assert.deepEqual(await store.append(batchOf('traces', REQUEST, { tenant: TENANT })), { kind: 'accepted' });
}

/** Tests that spans are returned as they were recorded. */
export function spansTests(open: () => Store): void {
  const select = async (query: Partial<SelectSpansQuery>): Promise<SelectedSpan[]> => {
    const spans: SelectedSpan[] = [];
    for await (const part of open().selectSpans({ ...RANGE, parts: {}, ...query })) spans.push(...part);
    return spans;
  };
  const idsOf = async (query: Partial<SelectSpansQuery>): Promise<string[]> =>
    (await select(query)).map((found) => found.spanId).sort();
  const where = (
    field: string,
    op: '=' | '!=' | '>' | '~' | 'exists',
    value: string | number | boolean,
  ): ItemFilter => ({
    kind: 'condition',
    condition: { field, op, value },
  });

  test('selected spans have all parts, and attributes have their recorded types', async () => {
    const [found] = await select({ parts: EVERY_PART, filter: where('name', '=', 'root'), traceIds: [traceId(1)] });
    assert.ok(found !== undefined);
    const { attributes, resourceAttributes, scopeAttributes, events, links, ...fields } = found;
    assert.deepEqual(fields, {
      traceId: traceId(1),
      spanId: spanId(1),
      parentSpanId: '',
      traceState: 'a=b',
      name: 'root',
      kind: 'SERVER',
      start: at(1),
      durationNanos: 40_000_000n,
      statusCode: 'ERROR',
      statusMessage: 'no',
      service: 'shop',
      scopeName: 'http',
      scopeVersion: '1.2',
    });
    assert.deepEqual(
      [...attributes],
      [
        ['route', '/cart'],
        ['size', 5n],
        ['ok', true],
        ['share', 2],
        ['tags', ['a', 'b']],
      ],
    );
    assert.deepEqual(
      [...resourceAttributes],
      [
        ['service.name', 'shop'],
        ['zone', 'eu'],
        ['cpus', 4n],
      ],
    );
    assert.deepEqual([...scopeAttributes], [['lang', 'js']]);
    assert.deepEqual(events, [{ time: at(1, 5n), name: 'retry', attributes: new Map([['attempt', 2n]]) }]);
    assert.deepEqual(links, [{ traceId: traceId(9), spanId: spanId(9), attributes: new Map([['why', 'batch']]) }]);
  });

  test('only the requested parts are returned', async () => {
    const [found] = await select({ traceIds: [traceId(2)], parts: { attributes: ['route', 'missing'] } });
    assert.deepEqual([...(found?.attributes ?? [])], [['route', '/pay']]);
    assert.deepEqual(
      [found?.resourceAttributes.size, found?.scopeAttributes.size, found?.events, found?.links],
      [0, 0, [], []],
    );
    const sizes = await select({ parts: { attributes: ['size'] }, filter: where('attributes.size', 'exists', '') });
    assert.deepEqual(sizes.map(({ attributes }) => attributes.get('size')).sort(), [2.5, 5n]);
  });

  test('a range, traces and filters select spans', async () => {
    assert.deepEqual(await idsOf({}), [1, 2, 3].map(spanId));
    assert.deepEqual(await idsOf({ start: at(2) }), [spanId(3)]);
    assert.deepEqual(await idsOf({ traceIds: [traceId(1)], start: 0n, end: 0n }), [1, 2].map(spanId));
    assert.deepEqual(await idsOf({ traceIds: [] }), []);
    assert.deepEqual(await idsOf({ traceIds: [traceId(77)] }), []);
    const [cart, database, europe] = [
      where('attributes.route', '=', '/cart'),
      where('attributes.route', '~', '^d'),
      where('resource.zone', '=', 'eu'),
    ];
    assert.deepEqual(await idsOf({ filter: { kind: 'any', filters: [cart, database] } }), [1, 2].map(spanId));
    assert.deepEqual(await idsOf({ filter: { kind: 'all', filters: [europe, database] } }), [spanId(2)]);
    assert.deepEqual(await idsOf({ filter: { kind: 'all', filters: [] } }), [1, 2, 3].map(spanId));
    assert.deepEqual(await idsOf({ filter: { kind: 'any', filters: [] } }), []);
    assert.deepEqual(await idsOf({ filter: where('attributes.missing', '!=', 'x') }), []);
  });

  test('a list satisfies every condition, because callers compare its elements', async () => {
    assert.deepEqual(await idsOf({ filter: where('attributes.tags', '=', 'b') }), [spanId(1)]);
    assert.deepEqual(await idsOf({ filter: where('attributes.tags', '~', '^z$') }), [spanId(1)]);
  });

  test('spans come newest first on request', async () => {
    assert.deepEqual(
      (await select({ order: 'newest' })).map((found) => found.spanId),
      [3, 2, 1].map(spanId),
    );
  });

  test('a trace is exported as it was received', async () => {
    const parts: Uint8Array[] = [];
    for await (const part of open().exportTrace({ tenant: TENANT, traceId: traceId(1) })) parts.push(part);
    const [resourceSpans] = REQUEST.resourceSpans ?? [];
    const expected = batchOf('traces', {
      resourceSpans: [
        { ...resourceSpans, scopeSpans: [{ ...resourceSpans?.scopeSpans?.[0], spans: SPANS.slice(0, 2) }] },
      ],
    });
    assert.deepEqual(
      parts.map((part) => decodeRequest('traces', part)),
      expected.parts.map((part) => decodeRequest('traces', part)),
    );
    for await (const part of open().exportTrace({ tenant: TENANT, traceId: traceId(77) }))
      assert.fail(`${part.length} bytes`);
  });
}
