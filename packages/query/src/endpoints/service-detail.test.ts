import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { batchOf, keyValues, startTestApi, type TestApi } from '@otelier/testkit';
import { releasesResponse, serviceDetailResponse } from '../api/service-detail.ts';

const START = 1_700_000_000_000;
const RANGE = `start=${START}&end=${START + 60_000}&steps=6`;
const nanos = (millis: number): string => `${BigInt(START + millis) * 1_000_000n}`;

/** A server span of an instance with a version, at a time. */
function request(service: string, version: string, pod: string, millis: number, failed = false) {
  const span = {
    ...{ traceId: 'a'.repeat(32), spanId: `${millis + 1e6}`.padStart(16, 'b'), name: 'GET /', kind: 2 },
    ...{ startTimeUnixNano: nanos(millis), endTimeUnixNano: nanos(millis + 1), status: { code: failed ? 2 : 0 } },
  };
  const attributes = keyValues({ 'service.name': service, 'service.version': version, 'k8s.pod.name': pod });
  return { resource: { attributes }, scopeSpans: [{ spans: [span] }] };
}

describe('services over HTTP', () => {
  let server: TestApi;
  before(async () => {
    server = await startTestApi();
    const resourceSpans = [
      request('pay', '1', 'pay-a', -30_000),
      request('pay', '1', 'pay-a', 1000),
      request('pay', '1', 'pay-a', 31_000),
      request('pay', '2', 'pay-b', 31_500, true),
      request('pay', '2', 'pay-b', 42_000),
      request('pay', '2', 'pay-b', 43_000),
      // A service that is new has no release.
      request('young', '7', 'young-a', 15_000),
    ];
    await server.store.append(batchOf('traces', { resourceSpans }));
    const resource = { attributes: keyValues({ 'service.name': 'batch', 'service.version': '3', 'host.name': 'h' }) };
    const logRecords = [{ timeUnixNano: nanos(5000), body: { stringValue: 'done' } }];
    await server.store.append(batchOf('logs', { resourceLogs: [{ resource, scopeLogs: [{ logRecords }] }] }));
    const sensor = { attributes: keyValues({ 'service.name': 'sensor', 'service.version': '9' }) };
    const dataPoints = [{ timeUnixNano: nanos(25_000), asDouble: 1 }];
    const scopeMetrics = [{ metrics: [{ name: 'level', gauge: { dataPoints } }] }];
    await server.store.append(batchOf('metrics', { resourceMetrics: [{ resource: sensor, scopeMetrics }] }));
  });
  after(() => server.shutdown(0));
  const get = (path: string): Promise<Response> => fetch(`${server.url}/api/v1${path}`);
  const detail = async (service: string) =>
    serviceDetailResponse.parse(
      await (await get(`/services/detail?${RANGE}&service=${encodeURIComponent(service)}`)).json(),
    );

  test('has versions and instances with their requests, attributes and releases', async () => {
    const { versions, instances, instanceCount, attributes, releases, isComplete } = await detail('pay');
    assert.deepEqual(versions, [
      { name: '2', version: '2', items: 3, requests: 3, errors: 1, steps: [0, 0, 0, 1, 2, 0] },
      { name: '1', version: '1', items: 2, requests: 2, errors: 0, steps: [1, 0, 0, 1, 0, 0] },
    ]);
    assert.deepEqual(
      instances.map(({ name, version, requests }) => [name, version, requests]),
      [
        ['pay-b', '2', 3],
        ['pay-a', '1', 2],
      ],
    );
    assert.deepEqual([instanceCount, isComplete], [2, true]);
    assert.deepEqual(attributes.find(({ key }) => key === 'service.version')?.values, [
      { value: '2', count: 3 },
      { value: '1', count: 2 },
    ]);
    assert.deepEqual(releases, [{ service: 'pay', version: '2', timeMillis: START + 30_000 }]);
  });

  test('knows a service that only sends logs, or only metrics', async () => {
    const batch = await detail('batch');
    assert.deepEqual(
      [batch.versions[0]?.name, batch.instances[0]?.name, batch.versions[0]?.steps],
      ['3', 'h', [1, 0, 0, 0, 0, 0]],
    );
    const sensor = await detail('sensor');
    assert.deepEqual([sensor.versions[0]?.name, sensor.versions[0]?.steps], ['9', [0, 0, 1, 0, 0, 0]]);
    const unknown = await detail('\u0000"); DROP');
    assert.deepEqual([unknown.versions, unknown.attributes, unknown.isComplete], [[], [], true]);
  });

  test('returns the releases of all services', async () => {
    const { releases, stepMillis } = releasesResponse.parse(await (await get(`/releases?${RANGE}`)).json());
    assert.deepEqual([releases, stepMillis], [[{ service: 'pay', version: '2', timeMillis: START + 30_000 }], 10_000]);
    const later = releasesResponse.parse(
      await (await get(`/releases?start=${START + 40_000}&end=${START + 60_000}`)).json(),
    );
    assert.deepEqual(later.releases, []);
  });

  test('names invalid parameters', async () => {
    const response = await get(`/services/detail?${RANGE.replace('steps=6', 'steps=0')}`);
    assert.equal(response.status, 400);
    assert.match(await response.text(), /service: expected a value.*steps: /);
  });
});
