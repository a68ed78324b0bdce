import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openIdentity } from '@otelier/identity';
import { hostileRequest } from '@otelier/testkit/hostile/request';
import { startTestApi } from '@otelier/testkit/memory-api';
import { createRandom } from '@otelier/testkit/otlp/random';
import { type ApiDocument, apiRequests } from '../chaos/hostile-telemetry/api-requests.ts';
import { SentTelemetry } from '../chaos/hostile-telemetry/sent.ts';

test('every operation of SCIM in the OpenAPI document handles hostile names, filters and patches', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'otelier-hostile-scim-'));
  const identity = openIdentity({
    directory,
    now: Date.now,
    groupGrants: [{ group: '*', role: 'viewer', tenant: '*' }],
  });
  const server = await startTestApi({ accessControl: () => identity, needsIdentity: true });
  t.after(async () => {
    await server.shutdown(0);
    await identity.close();
    rmSync(directory, { recursive: true });
  });
  const { text: key } = identity.keys.create({ name: 'k', role: 'admin', tenant: '*', createdBy: 'test' }, Date.now());
  const headers = { host: 'localhost', authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const ask = async (path: string, init: RequestInit = {}) => {
    const response = await server.api.fetch(new Request(`http://localhost${path}`, { ...init, headers }));
    return { status: response.status, text: await response.text() };
  };
  const created = await ask('/scim/v2/Users', {
    method: 'POST',
    body: JSON.stringify({ userName: 'ada@example.com' }),
  });
  const { id } = JSON.parse(created.text) as { readonly id: string };
  const all = JSON.parse((await ask('/openapi.json')).text) as ApiDocument;
  const paths = Object.fromEntries(Object.entries(all.paths).filter(([path]) => path.startsWith('/scim/v2/')));
  assert.ok(Object.keys(paths).length >= 7, Object.keys(paths).join(' '));
  const sent = new SentTelemetry();
  for (let index = 0; index < 12; index += 1) sent.add(hostileRequest(7, index), 'json');
  const statuses = new Map<number, number>();
  const check = async (label: string, path: string, init?: RequestInit): Promise<void> => {
    const { status, text } = await ask(path, init);
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    assert.ok(status < 500, `${label}: ${status} ${text}`);
    if (text !== '') JSON.parse(text);
    if (status >= 400) assert.match(text, /"detail":"[^"]/, label);
  };
  for (const { label, path, init } of apiRequests({ paths }, sent, createRandom(7), 12)) {
    await check(label, path, init);
    // The same on something that exists.
    if (init?.method !== 'DELETE') await check(label, path.replace(/^(\/scim\/v2\/Users\/)[^?]*/, `$1${id}`), init);
  }
  assert.deepEqual(server.errors, []);
  assert.ok((statuses.get(200) ?? 0) > 20 && (statuses.get(400) ?? 0) > 20, JSON.stringify([...statuses]));
});
