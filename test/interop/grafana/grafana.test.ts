import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createManualClock, startTestApi, type TestApi } from '@otelier/testkit';
import { parse } from 'yaml';
import { fillWithDemo, NOW } from './demo.ts';
import { type GrafanaRequest, readDashboards, requestsOf } from './panels.ts';
import { REQUESTS } from './requests.ts';

let server: TestApi;
let traceId = '';
before(async () => {
  server = await startTestApi({ clock: createManualClock(NOW) });
  await fillWithDemo(server.store);
  const errors = await fetch(`${server.url}/tempo/api/search?q=${encodeURIComponent('{ status = error }')}&limit=1`);
  const { traces } = (await errors.json()) as { traces: { traceID: string }[] };
  traceId = (traces[0]?.traceID ?? '').padStart(32, '0');
});
after(() => server.shutdown(0));

async function bytesOf({ name, path, form, headers = {} }: GrafanaRequest): Promise<Buffer> {
  const init = form === undefined ? { headers } : { method: 'POST', body: new URLSearchParams(form), headers };
  const response = await fetch(server.url + path.replaceAll('TRACE', traceId), init);
  const body = Buffer.from(await response.arrayBuffer());
  assert.equal(response.status, 200, `${name}: ${body.toString()}`);
  return body;
}

/** Asserts that a response contains data in one of the places where the APIs return it. */
function assertData(name: string, body: string): void {
  const isJson = body.startsWith('{') || body.startsWith('[');
  if (!isJson) {
    assert.notEqual(body, '', name);
    return;
  }
  const { status, data, ...rest } = JSON.parse(body) as Record<string, unknown> & { data?: { result?: unknown } };
  const found = data?.result ?? data ?? rest;
  const values = Array.isArray(found) ? found : Object.values(found as object);
  assert.ok(values.length > 0 && values.some(isFilled), `${name}: ${status} ${body.slice(0, 500)}`);
}

function isFilled(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : value !== null && value !== '' && value !== 0;
}

for (const request of REQUESTS) {
  test(`${request.name}: the request of Grafana returns data`, async () => {
    assertData(request.name, (await bytesOf(request)).toString());
  });
}

for (const dashboard of readDashboards()) {
  test(`${dashboard.title}: every panel and variable has data of the demo`, async () => {
    for (const request of requestsOf(dashboard)) assertData(request.name, (await bytesOf(request)).toString());
  });
}

test('panels refer to the provisioned data sources', () => {
  const path = join(import.meta.dirname, '../../../deploy/grafana/provisioning/datasources/otelier.yaml');
  const { datasources } = parse(readFileSync(path, 'utf8')) as { datasources: { type: string; uid: string }[] };
  const known = new Map(datasources.map(({ uid, type }) => [uid, type]));
  assert.deepEqual([...known.values()].sort(), ['jaeger', 'loki', 'prometheus', 'tempo']);
  for (const { panels } of readDashboards()) {
    for (const { datasource } of panels) assert.equal(known.get(datasource.uid), datasource.type);
  }
});
