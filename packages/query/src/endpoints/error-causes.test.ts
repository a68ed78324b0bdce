import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { openStore, type Store } from '@otelier/store';
import { batchOf, keyValues, startTestApi, type TestApi, type TracesJson } from '@otelier/testkit';
import { errorCausesResponse } from '../api/error-causes.ts';

type ResourceSpansJson = NonNullable<TracesJson['resourceSpans']>[number];

const START = 1_700_000_000_000;
const HOUR = 3_600_000;
const RANGE = `start=${START}&end=${START + 60_000}`;
const nanos = (millis: number): string => `${BigInt(START + millis) * 1_000_000n}`;

function failed(n: number, service: string, millis: number, parent: string, error: Record<string, string>) {
  const id = `${n}`.padStart(16, service.slice(0, 1));
  const span = {
    ...{ traceId: `${n}`.padStart(32, 'a'), spanId: id, parentSpanId: parent, name: `${service} work`, kind: 2 },
    ...{ startTimeUnixNano: nanos(millis), endTimeUnixNano: nanos(millis + 5), status: { code: 2 } },
    events: [{ timeUnixNano: nanos(millis), name: 'exception', attributes: keyValues(error) }],
  };
  const resource = { attributes: keyValues({ 'service.name': service, 'service.version': n < 5 ? '1' : '2' }) };
  return { id, spans: { resource, scopeSpans: [{ spans: [span] }] } satisfies ResourceSpansJson };
}

/** An exception of `db` that passes to `web`, at a time. */
function passing(n: number, millis: number): ResourceSpansJson[] {
  const web = failed(n, 'web', millis, '', { 'exception.type': 'BadGateway' });
  const message = `deadlock of process ${n * 7}`;
  const inner = failed(n, 'db', millis + 1, web.id, { 'exception.type': 'Deadlock', 'exception.message': message });
  return [web.spans, inner.spans];
}

describe('causes of errors over HTTP', () => {
  const directory = mkdtempSync(join(tmpdir(), 'otelier-api-causes-'));
  let store: Store;
  let server: TestApi;
  before(async () => {
    store = await openStore({ directory, retentionMillis: 1e14 });
    const single = failed(90, 'web', 9000, '', { 'exception.type': 'Other', 'exception.message': 'x' });
    const resourceSpans = [
      ...passing(1, -HOUR),
      ...Array.from({ length: 6 }, (_, n) => passing(n + 2, n * 10_000)).flat(),
      single.spans,
    ];
    await store.append(batchOf('traces', { resourceSpans }));
    server = await startTestApi({ memory: store });
  });
  after(async () => {
    await server.shutdown(0);
    await store.close();
    rmSync(directory, { recursive: true, force: true });
  });
  const get = async (query: string) => {
    const response = await fetch(`${server.url}/api/v1/errors/causes?${query}`);
    return { status: response.status, body: await response.json() };
  };

  test('has one cause with its path, its versions and its occurrences over time', async () => {
    const { body } = await get(`${RANGE}&steps=6`);
    const { causes, total, occurrences, sampling } = errorCausesResponse.parse(body);
    assert.deepEqual([total, occurrences, sampling], [2, 7, 1]);
    const [cause, other] = causes;
    assert.deepEqual(
      [cause?.type, cause?.service, cause?.count, cause?.search],
      ['Deadlock', 'db', 6, 'deadlock of process'],
    );
    assert.deepEqual(
      cause?.path.map(({ service, type, count }) => [service, type, count]),
      [
        ['db', 'Deadlock', 6],
        ['web', 'BadGateway', 6],
      ],
    );
    assert.deepEqual(cause?.message, [
      { text: 'deadlock of process ', isVariable: false },
      { text: '49', isVariable: true },
    ]);
    assert.deepEqual(cause?.versions, [
      { value: '1', count: 3 },
      { value: '2', count: 3 },
    ]);
    assert.deepEqual(cause?.steps, [1, 1, 1, 1, 1, 1]);
    assert.equal(cause?.firstSeenNanos, nanos(1));
    assert.equal(other?.type, 'Other');
  });

  test('knows when a cause was first seen in the history before the range', async () => {
    const causes = async (history: number) =>
      errorCausesResponse
        .parse((await get(`${RANGE}&history=${history}`)).body)
        .causes.map((one) => one.firstSeenNanos);
    assert.deepEqual(await causes(2 * HOUR), [nanos(1 - HOUR), nanos(9000)]);
    assert.deepEqual(await causes(HOUR / 2), [nanos(1), nanos(9000)]);
  });

  test('is limited, and has only causes that a service is part of', async () => {
    const limited = errorCausesResponse.parse((await get(`${RANGE}&limit=1`)).body);
    assert.deepEqual([limited.causes.length, limited.total, limited.occurrences], [1, 2, 7]);
    const ofService = errorCausesResponse.parse((await get(`${RANGE}&service=db`)).body);
    assert.deepEqual(
      ofService.causes.map(({ type }) => type),
      ['Deadlock'],
    );
    const none = errorCausesResponse.parse((await get('start=1&end=2')).body);
    assert.deepEqual([none.causes, none.total], [[], 0]);
  });

  test('has the exceptions of log records, once for a span that failed with one', async () => {
    const at = 3 * HOUR;
    const bare = failed(300, 'cart', at, '', {});
    await store.append(batchOf('traces', { resourceSpans: [bare.spans] }));
    const record = (millis: number, severityNumber: number, type: string, message: string, more = {}) => ({
      ...{ timeUnixNano: nanos(at + millis), severityNumber, body: { stringValue: 'it failed' }, ...more },
      attributes: keyValues({ 'exception.type': type, 'exception.message': message }),
    });
    const place = { traceId: '300'.padStart(32, 'a'), spanId: bare.id };
    const logsOf = (service: string, logRecords: readonly object[]) => ({
      resource: { attributes: keyValues({ 'service.name': service, 'service.version': '9' }) },
      scopeLogs: [{ scope: { name: 'main' }, logRecords: [...logRecords] }],
    });
    const resourceLogs = [
      logsOf('cart', [record(1, 17, 'Reset', 'peer 5 closed', place)]),
      logsOf('job', [record(2, 17, 'BadConfig', 'no key 7'), record(3, 17, 'BadConfig', 'no key 8')]),
      logsOf('job', [record(4, 13, 'Retried', '', { body: { stringValue: 'attempt 2' } })]),
    ];
    await store.append(batchOf('logs', { resourceLogs }));
    const { body } = await get(`start=${START + at - 1}&end=${START + at + 1000}`);
    const { causes } = errorCausesResponse.parse(body);
    assert.deepEqual(
      causes.map((one) => [one.service, one.type, one.count, one.failedRequests, one.versions[0]?.value]).sort(),
      [
        ['cart', 'Reset', 1, 1, '9'],
        ['job', 'BadConfig', 2, 2, '9'],
        ['job', 'Retried', 1, 0, '9'],
      ],
    );
    const samples = new Map(causes.map(({ type, samples: [first] }) => [type, first]));
    assert.deepEqual(samples.get('Reset'), {
      ...{ ...place, isLog: true, timeNanos: nanos(at + 1), message: 'peer 5 closed' },
    });
    assert.deepEqual(
      [samples.get('BadConfig')?.traceId, samples.get('BadConfig')?.spanId, samples.get('Retried')?.message],
      ['', '', 'attempt 2'],
    );
  });

  test('names invalid parameters, and reports a store without failed spans', async () => {
    const { status, body } = await get(`${RANGE}&history=1e99&steps=0&limit=x`);
    assert.equal(status, 400);
    for (const name of ['history', 'steps', 'limit']) assert.match(JSON.stringify(body), new RegExp(`${name}: `));
    await using other = await startTestApi();
    assert.equal((await fetch(`${other.url}/api/v1/errors/causes`)).status, 503);
  });
});
