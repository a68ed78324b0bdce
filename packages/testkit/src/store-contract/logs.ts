import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Condition, type LogQuery, type LogRow, QueryError, type Store } from '@otelier/store/contract';
import { anyValue, keyValues } from '../otlp-json.ts';
import { batchOf } from '../request-codec.ts';
import { at, logsOf, RANGE, STEPS, spanId, traceId } from './telemetry.ts';

/**
 * Appends logs for 30 minutes: one record from `pay` per minute, alternating three infos and one error, and one minimal
 * record from `mail`.
 */
export async function writeLogs(store: Store): Promise<void> {
  const records = Array.from({ length: 30 }, (_, i) => ({
    timeUnixNano: at(i, 5n).toString(),
    observedTimeUnixNano: at(i, 9n).toString(),
    severityNumber: i % 4 === 3 ? 17 : 9,
    severityText: i % 4 === 3 ? 'ERROR' : 'INFO',
    body: anyValue(i % 4 === 3 ? `Payment ${i} refused` : `Payment ${i} done`),
    attributes: keyValues({ 'order.id': i, region: i % 2 === 0 ? 'north' : 'south' }),
    traceId: traceId(i),
    spanId: spanId(i * 10 + 1),
    eventName: 'payment',
  }));
  await store.append(batchOf('logs', logsOf('pay', records)));
  const bare = { observedTimeUnixNano: at(40).toString(), body: anyValue({ to: 'ann', tries: 2 }) };
  await store.append(batchOf('logs', logsOf('mail', [bare])));
}

export function logTests(open: () => Store): void {
  const find = (query: Partial<LogQuery> = {}): Promise<readonly LogRow[]> =>
    open().searchLogs({ ...RANGE, conditions: [], limit: 100, order: 'oldest', ...query });

  test('returns log records with all their fields', async () => {
    const [row] = await find({ traceId: traceId(3) });
    assert.ok(row);
    const { cursor, ...rest } = row;
    assert.equal(typeof cursor, 'string');
    assert.deepEqual(rest, {
      time: at(3, 5n),
      observedTime: at(3, 9n),
      severityNumber: 17,
      severityText: 'ERROR',
      body: 'Payment 3 refused',
      service: 'pay',
      scopeName: 'suite.logs',
      traceId: traceId(3),
      spanId: spanId(31),
      eventName: 'payment',
      attributes: { 'order.id': 3, region: 'south' },
      resourceAttributes: { 'service.name': 'pay', 'host.name': 'host-of-pay' },
    });
  });

  test('uses the observed time of records without a time, and returns structured bodies as JSON', async () => {
    const [row] = await find({ conditions: [{ field: 'service', op: '=', value: 'mail' }] });
    assert.deepEqual([row?.time, row?.traceId, row?.eventName, row?.severityNumber], [at(40), undefined, undefined, 0]);
    assert.deepEqual(JSON.parse(row?.body ?? ''), { to: 'ann', tries: 2 });
  });

  test('pages through records in either order without duplicates or omissions', async () => {
    for (const order of ['oldest', 'newest'] as const) {
      const all = await find({ order });
      assert.deepEqual(
        all.map(({ time }) => time),
        all.map(({ time }) => time).toSorted((a, b) => (a < b === (order === 'oldest') ? -1 : 1)),
      );
      const paged: string[] = [];
      for (let after: string | undefined; ; ) {
        const page: readonly LogRow[] = await find({ order, limit: 7, ...(after !== undefined && { after }) });
        if (page.length === 0) break;
        paged.push(...page.map(({ cursor }) => cursor));
        after = page.at(-1)?.cursor;
      }
      assert.equal(all.length, 31);
      assert.deepEqual(
        paged,
        all.map(({ cursor }) => cursor),
      );
    }
  });

  test('pages through records with equal timestamps without losing any', async () => {
    const record = (i: number) => ({ timeUnixNano: at(1).toString(), body: anyValue(`same ${i}`) });
    const records = Array.from({ length: 10 }, (_, i) => record(i));
    await open().append(batchOf('logs', logsOf('burst', records), { tenant: 'burst' }));
    const first = await find({ tenant: 'burst', limit: 4 });
    const rest = await find({ tenant: 'burst', limit: 100, after: first.at(-1)?.cursor ?? '' });
    assert.equal(new Set([...first, ...rest].map(({ body }) => body)).size, 10);
    assert.equal(first.length + rest.length, 10);
  });

  test('newest first is the exact reverse of oldest first, also for equal timestamps', async () => {
    const bodies = async (order: 'oldest' | 'newest'): Promise<string[]> =>
      (await find({ tenant: 'burst', order })).map(({ body }) => body);
    assert.deepEqual(await bodies('newest'), (await bodies('oldest')).toReversed());
  });

  test('rejects an invalid cursor with a QueryError', async () => {
    await assert.rejects(find({ after: 'no cursor' }), QueryError);
  });

  const cases: readonly (readonly [string, readonly Condition[], number])[] = [
    ['severity', [{ field: 'severity', op: '>=', value: 17 }], 7],
    ['service', [{ field: 'service', op: '!=', value: 'pay' }], 1],
    ['body by regular expression', [{ field: 'body', op: '~', value: 'Payment 1\\d? done' }], 8],
    ['attribute', [{ field: 'attributes.region', op: '=', value: 'north' }], 15],
    ['number attribute', [{ field: 'attributes.order.id', op: '<', value: 10 }], 10],
    ['resource attribute', [{ field: 'resource.host.name', op: '=', value: 'host-of-mail' }], 1],
    [
      'both of two conditions',
      [
        { field: 'severity', op: '>=', value: 17 },
        { field: 'attributes.order.id', op: '>', value: 20 },
      ],
      2,
    ],
    [
      'one of two conditions on different fields',
      [{ field: 'severity', op: '>=', value: 17, or: [{ field: 'service', op: '=', value: 'mail' }] }],
      8,
    ],
    [
      'a field that only some records have, or by a regular expression, and another condition',
      [
        {
          ...{ field: 'resource.nowhere', op: 'exists', value: true },
          or: [{ field: 'body', op: '~', value: 'Payment 1\\d? done' }],
        },
        { field: 'attributes.region', op: '=', value: 'north' },
      ],
      5,
    ],
    [
      'a service or an alternative that summaries do not know',
      [{ field: 'service', op: '=', value: 'mail', or: [{ field: 'attributes.order.id', op: '<', value: 10 }] }],
      11,
    ],
  ];
  for (const [what, conditions, expected] of cases) {
    test(`finds log records by ${what}`, async () => {
      assert.equal((await find({ conditions })).length, expected);
      const steps = await open().logHistogram({ ...RANGE, conditions, limit: 1, order: 'newest', steps: 2 });
      const counts = steps.flatMap((step) => Object.values(step.counts));
      assert.equal(
        counts.reduce((sum, count) => sum + count, 0),
        expected,
      );
    });
  }

  test('finds log records by span and by free text in bodies and attributes, ignoring case', async () => {
    assert.equal((await find({ text: 'REFUSED' })).length, 7);
    assert.equal((await find({ text: 'south' })).length, 15);
    assert.equal((await find({ traceId: traceId(5), spanId: spanId(51) })).length, 1);
    assert.equal((await find({ traceId: traceId(5), spanId: spanId(61) })).length, 0);
  });

  test('rejects an invalid expression with a QueryError', async () => {
    await assert.rejects(find({ conditions: [{ field: 'body', op: '~', value: '(' }] }), QueryError);
  });

  test('the histogram counts by severity per step', async () => {
    const steps = await open().logHistogram({ ...RANGE, conditions: [], limit: 1, order: 'newest', steps: STEPS });
    assert.deepEqual(
      steps.map(({ time }) => time),
      Array.from({ length: STEPS }, (_, i) => at(i)),
    );
    assert.deepEqual(
      [steps[0]?.counts.info, steps[3]?.counts.error, steps[3]?.counts.info, steps[40]?.counts.unspecified],
      [1, 1, 0, 1],
    );
    assert.equal(
      steps.flatMap(({ counts }) => Object.values(counts)).reduce((a, b) => a + b, 0),
      31,
    );
  });

  test('a facet returns the most frequent values of a field', async () => {
    const facet = (field: string, limit = 10) =>
      open().logFacet({ ...RANGE, conditions: [], order: 'newest', limit, field });
    assert.deepEqual(await facet('service'), [
      { value: 'pay', count: 30 },
      { value: 'mail', count: 1 },
    ]);
    assert.deepEqual(
      new Set((await facet('attributes.region')).map(({ value, count }) => `${value} ${count}`)),
      new Set(['north 15', 'south 15']),
    );
    assert.equal((await facet('attributes.order.id', 5)).length, 5);
  });

  test('returns attribute keys with their frequency', async () => {
    const keys = await open().attributeKeys({ ...RANGE, signal: 'logs', limit: 10 });
    assert.deepEqual(
      new Map(keys.map(({ value, count }) => [value, count])),
      new Map([
        ['order.id', 30],
        ['region', 30],
      ]),
    );
  });

  test('says where the nearest log records are', async () => {
    const nearest = await open().nearestData({ ...RANGE, start: at(1, 10n), end: at(2), signal: 'logs' });
    assert.deepEqual([nearest.inRange, nearest.after], [false, at(2, 5n)]);
    assert.ok(nearest.before !== undefined && nearest.before >= at(1) && nearest.before < at(1, 10n));
  });

  test('counts log records per service', async () => {
    const services = await open().services(RANGE);
    const pay = services.find(({ service }) => service === 'pay');
    assert.deepEqual([pay?.logs, pay?.spans, pay?.requests, pay?.lastSeen], [30, 0, 0, at(29, 5n)]);
  });
}
