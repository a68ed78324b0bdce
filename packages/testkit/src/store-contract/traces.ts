import assert from 'node:assert/strict';
import { test } from 'node:test';
import type {
  Condition,
  OutlineSpans,
  Store,
  TraceOperations,
  TraceOutlineHead,
  TraceSpansQuery,
} from '@otelier/store';
import { keyValues } from '../otlp-json.ts';
import { batchOf } from '../request-codec.ts';
import { at, ms, RANGE, STEPS, span, spanId, traceId, tracesOf } from './telemetry.ts';

/**
 * Appends one trace in each of the first 20 minutes: `web` serves `GET /cart` in 100 ms and calls `cart`, which serves
 * `cart.Get` in 40 ms. Every fourth call fails. `job` has only root spans.
 */
export async function writeTraces(store: Store): Promise<void> {
  const minutes = Array.from({ length: 20 }, (_, i) => i);
  const web = minutes.flatMap((i) => [
    span({
      trace: i,
      id: i * 10 + 1,
      name: 'GET /cart',
      kind: 'server',
      start: at(i),
      millis: 100,
      ...(i % 4 === 0 && { error: 'upstream failed' }),
      attributes: {
        'http.route': '/cart',
        'http.response.status_code': i % 4 === 0 ? 502 : 200,
        'user.id': `user-${i}`,
      },
    }),
    span({
      trace: i,
      id: i * 10 + 2,
      parent: i * 10 + 1,
      name: 'call cart',
      kind: 'client',
      start: at(i, 10n),
      millis: 60,
    }),
  ]);
  const cart = minutes.map((i) =>
    span({
      trace: i,
      id: i * 10 + 3,
      parent: i * 10 + 2,
      name: 'cart.Get',
      kind: 'server',
      start: at(i, 20n),
      millis: 40,
      attributes: { items: i, ratio: 0.5, cached: i % 2 === 0 },
      ...(i % 4 === 0 && { error: '', exception: { type: 'TimeoutError', message: 'no response in 30ms' } }),
    }),
  );
  const job = [span({ trace: 900, id: 9001, name: 'nightly', start: at(30), millis: 5000 })];
  await store.append(batchOf('traces', tracesOf('web', web, { 'service.version': '2.1.0' })));
  await store.append(batchOf('traces', tracesOf('cart', cart)));
  await store.append(batchOf('traces', tracesOf('job', job)));
  await store.append(
    batchOf('traces', tracesOf('secret', [span({ trace: 7, id: 1, name: 'theirs', start: at(1), millis: 1 })]), {
      tenant: 'other',
    }),
  );
}

export function traceTests(open: () => Store): void {
  const spansOf = async (query: TraceSpansQuery) => (await Array.fromAsync(open().trace(query))).flat();
  const search = (conditions: readonly Condition[], text?: string) =>
    open().searchTraces({ ...RANGE, conditions, limit: 100, orderBy: 'time', ...(text !== undefined && { text }) });

  test('services have the requests, errors and durations of their server spans, or of root spans if they have none', async () => {
    const services = await open().services(RANGE);
    const web = services.find(({ service }) => service === 'web');
    assert.deepEqual(
      [web?.version, web?.requests, web?.errors, web?.spans, web?.p50, web?.p95, web?.p99],
      ['2.1.0', 20, 5, 40, ms(100), ms(100), ms(100)],
    );
    const job = services.find(({ service }) => service === 'job');
    assert.deepEqual([job?.requests, job?.errors, job?.spans, job?.p50], [1, 0, 1, ms(5000)]);
  });

  test('RED metrics have steps of equal length, including empty ones', async () => {
    const series = await open().red({ ...RANGE, steps: STEPS, groupBy: 'service' });
    const cart = series.find(({ key }) => key === 'cart');
    assert.deepEqual(
      cart?.times,
      Array.from({ length: STEPS }, (_, i) => at(i)),
    );
    assert.deepEqual(
      cart.requests,
      Array.from({ length: STEPS }, (_, i) => (i < 20 ? 1 : 0)),
    );
    assert.deepEqual(
      cart.errors,
      Array.from({ length: STEPS }, (_, i) => (i < 20 && i % 4 === 0 ? 1 : 0)),
    );
    assert.deepEqual([cart.p50[3], cart.p95[3], cart.p50[40]], [ms(40), ms(40), undefined]);
  });

  test('RED metrics of one service and of all together', async () => {
    const own = await open().red({ ...RANGE, steps: 1, groupBy: 'service', service: 'web' });
    assert.deepEqual(
      own.map(({ key, requests }) => [key, requests]),
      [['web', [20]]],
    );
    const all = await open().red({ ...RANGE, steps: 1, groupBy: 'none' });
    assert.deepEqual(
      all.map(({ key, requests, errors }) => [key, requests, errors]),
      [['', [41], [10]]],
    );
  });

  test('the heat map counts every request once, in the row of its duration', async () => {
    const { times, bounds, counts, p95 } = await open().durationHeatmap({ ...RANGE, steps: STEPS, service: 'web' });
    assert.deepEqual([times.length, counts.length, p95[0], p95[30]], [STEPS, STEPS, ms(100), undefined]);
    assert.deepEqual(
      bounds,
      bounds.toSorted((a, b) => a - b),
    );
    const row = bounds.findLastIndex((bound) => bound <= ms(100));
    assert.deepEqual(
      counts.map((step) => step[row] ?? 0),
      Array.from({ length: STEPS }, (_, i) => (i < 20 ? 1 : 0)),
    );
    assert.equal(
      counts.flat().reduce((a, b) => a + b, 0),
      20,
    );
  });

  test('sorts routes by their share of the total time', async () => {
    const routes = await open().routes({ ...RANGE, limit: 10 });
    const web = routes.find(({ service }) => service === 'web');
    assert.deepEqual([web?.name, web?.calls, web?.errors, web?.p95], ['GET /cart', 20, 5, ms(100)]);
    const shares = routes.map(({ timeShare }) => timeShare);
    assert.deepEqual(
      shares,
      shares.toSorted((a, b) => b - a),
    );
    assert.ok(Math.abs(shares.reduce((a, b) => a + b, 0) - 1) < 1e-9, `shares add up to one: ${shares}`);
    assert.equal((await open().routes({ ...RANGE, limit: 1 })).length, 1);
  });

  test('groups errors by exception, or by HTTP status if there is no exception', async () => {
    const errors = await open().errors({ ...RANGE, steps: STEPS, limit: 10 });
    const cart = errors.find(({ service }) => service === 'cart');
    assert.deepEqual(
      [cart?.type, cart?.message, cart?.spanName, cart?.count],
      ['TimeoutError', 'no response in 30ms', 'cart.Get', 5],
    );
    assert.deepEqual([cart?.firstSeen, cart?.lastSeen], [at(0, 20n), at(16, 20n)]);
    assert.deepEqual(
      cart?.steps,
      Array.from({ length: STEPS }, (_, i) => (i < 20 && i % 4 === 0 ? 1 : 0)),
    );
    assert.match(cart?.sampleTraceId ?? '', /^[0-9a-f]{32}$/);
    const web = errors.find(({ service }) => service === 'web');
    assert.deepEqual([web?.type, web?.message, web?.count], ['HTTP 502', 'upstream failed', 5]);
  });

  test('says where the nearest spans are', async () => {
    const nearest = (start: bigint, end: bigint) => open().nearestData({ ...RANGE, start, end, signal: 'traces' });
    assert.deepEqual(await nearest(at(20), at(30)), { inRange: false, before: at(19, 20n), after: at(30) });
    assert.deepEqual(await nearest(at(2), at(4)), { inRange: true, before: at(1, 20n), after: at(4) });
    assert.deepEqual(await nearest(at(30), at(31)), { inRange: true, before: at(19, 20n), after: undefined });
    assert.deepEqual(await nearest(at(-50), at(0)), { inRange: false, before: undefined, after: at(0) });
    assert.deepEqual(await nearest(at(59), at(70)), { inRange: false, before: at(30), after: undefined });
    assert.deepEqual(await nearest(at(25), at(24)), { inRange: false, before: at(19, 20n), after: at(30) });
  });

  test('a found trace has its root, time range, services and where its failure began', async () => {
    const { total, traces } = await search([{ field: 'attributes.user.id', op: '=', value: 'user-4' }]);
    assert.equal(total, 1);
    assert.deepEqual(traces, [
      {
        traceId: traceId(4),
        rootService: 'web',
        rootName: 'GET /cart',
        start: at(4),
        durationNanos: ms(100),
        spanCount: 3,
        errorCount: 2,
        services: ['cart', 'web'],
        error: { service: 'cart', type: 'TimeoutError', message: 'no response in 30ms' },
      },
    ]);
  });

  test('finds traces whose span satisfies one of two conditions on different fields', async () => {
    const ids = async (...conditions: readonly Condition[]): Promise<readonly string[]> =>
      (await search(conditions)).traces.map(({ traceId }) => traceId);
    const failed: Condition = { field: 'status', op: '=', value: 'ERROR' };
    const ofJob: Condition = { field: 'service', op: '=', value: 'job' };
    const [a, b] = [await ids(failed), await ids(ofJob)];
    assert.ok(a.length > 0 && b.length > 0 && !b.every((id) => a.includes(id)));
    const either = await ids({ ...failed, or: [ofJob] });
    assert.deepEqual([...either].sort(), [...new Set([...a, ...b])].sort());
    assert.deepEqual(await ids({ ...failed, or: [ofJob] }, ofJob), b);
    const red = await open().red({ ...RANGE, steps: 1, groupBy: 'service', conditions: [{ ...failed, or: [ofJob] }] });
    assert.deepEqual(red.find(({ key }) => key === 'job')?.requests, [1]);
  });

  const cases: readonly (readonly [string, readonly Condition[], number])[] = [
    ['service', [{ field: 'service', op: '=', value: 'job' }], 1],
    ['name', [{ field: 'name', op: '=', value: 'cart.Get' }], 20],
    ['name by regular expression', [{ field: 'name', op: '~', value: '^(nightly|cart\\.)' }], 21],
    ['name by what it is not', [{ field: 'name', op: '!~', value: 'cart' }], 1],
    ['kind', [{ field: 'kind', op: '=', value: 'CLIENT' }], 20],
    ['status', [{ field: 'status', op: '=', value: 'ERROR' }], 5],
    ['duration', [{ field: 'duration', op: '>', value: ms(1000) }], 1],
    ['text attribute', [{ field: 'attributes.http.route', op: '=', value: '/cart' }], 20],
    ['number attribute', [{ field: 'attributes.http.response.status_code', op: '>=', value: 500 }], 5],
    ['number attribute, unequal', [{ field: 'attributes.http.response.status_code', op: '!=', value: 200 }], 5],
    ['double attribute', [{ field: 'attributes.ratio', op: '<', value: 0.6 }], 20],
    ['boolean attribute', [{ field: 'attributes.cached', op: '=', value: true }], 10],
    ['presence', [{ field: 'attributes.user.id', op: 'exists', value: true }], 20],
    ['absence: no condition but holds for what is there', [{ field: 'attributes.nowhere', op: '!=', value: 'x' }], 0],
    ['resource attribute', [{ field: 'resource.service.version', op: '=', value: '2.1.0' }], 20],
    ['scope', [{ field: 'scope.name', op: '=', value: 'suite.traces' }], 21],
    [
      'two conditions on one span',
      [
        { field: 'service', op: '=', value: 'cart' },
        { field: 'attributes.items', op: '>', value: 14 },
      ],
      5,
    ],
    [
      'two conditions on two spans: none',
      [
        { field: 'service', op: '=', value: 'web' },
        { field: 'attributes.items', op: '>', value: 14 },
      ],
      0,
    ],
  ];
  for (const [what, conditions, expected] of cases) {
    test(`finds traces by ${what}`, async () => {
      assert.equal((await search(conditions)).total, expected);
    });
  }

  test('finds traces by free text in names, attributes and status, ignoring case', async () => {
    assert.equal((await search([], 'NIGHTLY')).total, 1);
    assert.equal((await search([], 'user-13')).total, 1);
    assert.equal((await search([], 'upstream')).total, 5);
    assert.equal((await search([], 'no such thing')).total, 0);
  });

  test('a limit applies to the list but not to the total; sorts by newest or longest', async () => {
    const newest = await open().searchTraces({ ...RANGE, conditions: [], limit: 3, orderBy: 'time' });
    assert.deepEqual([newest.total, newest.traces.map(({ start }) => start)], [21, [at(30), at(19), at(18)]]);
    const longest = await open().searchTraces({ ...RANGE, conditions: [], limit: 1, orderBy: 'duration' });
    assert.deepEqual(
      longest.traces.map(({ rootName }) => rootName),
      ['nightly'],
    );
  });

  test('a range excludes its end', async () => {
    const within = { ...RANGE, start: at(3), end: at(5) };
    assert.equal((await open().searchTraces({ ...within, conditions: [], limit: 9, orderBy: 'time' })).total, 2);
  });

  test('returns all spans of a trace, oldest first', async () => {
    const spans = await spansOf({ tenant: 'default', traceId: traceId(8) });
    assert.deepEqual(
      spans.map(({ name }) => name),
      ['GET /cart', 'call cart', 'cart.Get'],
    );
    const [root, , leaf] = spans;
    assert.deepEqual(
      [root?.parentSpanId, root?.kind, root?.statusCode, root?.statusMessage],
      [undefined, 'SERVER', 'ERROR', 'upstream failed'],
    );
    assert.deepEqual(root?.attributes, {
      'http.route': '/cart',
      'http.response.status_code': 502,
      'user.id': 'user-8',
    });
    assert.deepEqual(root.resourceAttributes, { 'service.name': 'web', 'service.version': '2.1.0' });
    assert.deepEqual(
      [leaf?.start, leaf?.durationNanos, leaf?.parentSpanId, leaf?.scopeName],
      [at(8, 20n), ms(40), spanId(82), 'suite.traces'],
    );
    assert.deepEqual(leaf?.attributes, { items: 8, ratio: 0.5, cached: true });
    assert.deepEqual(leaf.events, [
      {
        time: at(8, 20n) + BigInt(ms(40)),
        name: 'exception',
        attributes: { 'exception.type': 'TimeoutError', 'exception.message': 'no response in 30ms' },
      },
    ]);
  });

  test('returns one span of a trace by its id', async () => {
    const query = { tenant: 'default', traceId: traceId(8) };
    const spans = await spansOf({ ...query, spanId: spanId(82) });
    assert.deepEqual(
      spans.map(({ name }) => name),
      ['call cart'],
    );
    assert.deepEqual(await spansOf({ ...query, spanId: spanId(92) }), []);
  });

  test('streams the outline of a trace: extent, operations, then spans as columns', async () => {
    const parts = await Array.fromAsync(open().traceOutline({ tenant: 'default', traceId: traceId(8) }));
    assert.deepEqual(
      parts.map(({ kind }) => kind),
      ['head', 'operations', 'spans'],
    );
    const [head, { operations = [] } = {}, spans] = parts as unknown as [
      TraceOutlineHead,
      Partial<TraceOperations>,
      OutlineSpans,
    ];
    assert.deepEqual([head.start, head.durationNanos, head.spanCount, head.errorCount], [at(8), ms(100), 3, 2]);
    assert.deepEqual(
      spans.operations.map((place) => operations[place]),
      [
        { service: 'web', name: 'GET /cart', spanKind: 'SERVER', statusCode: 'ERROR', peer: undefined },
        { service: 'web', name: 'call cart', spanKind: 'CLIENT', statusCode: 'UNSET', peer: undefined },
        { service: 'cart', name: 'cart.Get', spanKind: 'SERVER', statusCode: 'ERROR', peer: undefined },
      ],
    );
    assert.deepEqual(spans.spanIds, [spanId(81), spanId(82), spanId(83)]);
    assert.deepEqual(spans.parentSpanIds, ['', spanId(81), spanId(82)]);
    assert.deepEqual(
      [spans.offsets, spans.durations],
      [
        [0, 10, 20],
        [ms(100), ms(60), ms(40)],
      ],
    );
    assert.deepEqual(spans.events, [{ span: 2, offset: ms(40), isException: true }]);
  });

  test('finds spans of a trace by name, service, message, attribute and id', async () => {
    const find = async (text: string) =>
      (await open().findSpans({ tenant: 'default', traceId: traceId(8), text })).toSorted();
    assert.deepEqual(await find('get /CART'), [spanId(81)]);
    assert.deepEqual(await find('user-8'), [spanId(81)]);
    assert.deepEqual(await find('CACHED'), [spanId(83)]);
    assert.deepEqual(await find('upstream'), [spanId(81)]);
    assert.deepEqual(await find('cart'), [spanId(81), spanId(82), spanId(83)]);
    assert.deepEqual(await find(spanId(82)), [spanId(82)]);
    assert.deepEqual(await find('no such text'), []);
  });

  test('an unknown trace is empty', async () => {
    const query = { tenant: 'default', traceId: traceId(12345) };
    assert.deepEqual(await spansOf(query), []);
    assert.deepEqual(await Array.fromAsync(open().traceOutline(query)), []);
    assert.deepEqual(await open().findSpans({ ...query, text: 'cart' }), []);
  });

  test('returns attribute values of every kind', async () => {
    const attributes = {
      text: 'ä',
      empty: '',
      int: -5,
      big: 9007199254740993n,
      double: 1.25,
      flag: false,
      list: ['a', 1, true],
      map: { inner: { deep: 'x' } },
      bytes: new Uint8Array([0, 1, 255]),
    };
    const link = { traceId: traceId(4), spanId: spanId(41), attributes: keyValues({ why: 'retry' }) };
    const one = {
      ...span({ trace: 777, id: 7771, name: 'kinds', start: at(59), millis: 1, attributes }),
      links: [link],
      traceState: 'a=1',
    };
    await open().append(batchOf('traces', tracesOf('kinds', [one]), { tenant: 'kinds' }));
    const [row] = await spansOf({ tenant: 'kinds', traceId: traceId(777) });
    assert.deepEqual(row?.attributes, { ...attributes, bytes: { bytes: 'AAH/' } });
    assert.deepEqual(row.links, [{ traceId: traceId(4), spanId: spanId(41), attributes: { why: 'retry' } }]);
    assert.equal(row.traceState, 'a=1');
  });

  test('a tenant cannot see the data of another tenant', async () => {
    const query = { ...RANGE, conditions: [], limit: 9, orderBy: 'time' } as const;
    assert.deepEqual(
      (await open().searchTraces({ ...query, tenant: 'other' })).traces.map(({ rootName }) => rootName),
      ['theirs'],
    );
    assert.deepEqual(
      (await open().services({ ...RANGE, tenant: 'other' })).map(({ service }) => service),
      ['secret'],
    );
    assert.equal((await open().searchTraces({ ...query, tenant: 'unknown' })).total, 0);
  });
}
