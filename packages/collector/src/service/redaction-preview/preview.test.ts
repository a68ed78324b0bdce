import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { RedactionPreview } from '@otelier/query';
import { anyValue, batchOf, keyValues, startTestApi, type TestApi } from '@otelier/testkit';
import { findSensitiveOnDemand } from './on-demand.ts';

const START = 1_700_000_000_000;
const RANGE = `start=${START}&end=${START + 60_000}`;

describe('preview of redaction over HTTP', () => {
  let server: TestApi;
  before(async () => {
    server = await startTestApi({ findSensitive: findSensitiveOnDemand });
    const record = (body: string, offset: number) => ({
      timeUnixNano: `${BigInt(START + offset) * 1_000_000n}`,
      body: anyValue(body),
      attributes: keyValues({ 'enduser.id': `user${offset}@example.com` }),
    });
    const logRecords = [
      ...Array.from({ length: 20 }, (_, i) => record(`order ${i} paid`, i)),
      record('Ärger: card 4111 1111 1111 1111 declined', 50_000),
    ];
    const resource = { attributes: keyValues({ 'service.name': 'shop' }) };
    await server.store.append(batchOf('logs', { resourceLogs: [{ resource, scopeLogs: [{ logRecords }] }] }));
  });
  after(() => server.shutdown());

  const get = async (query: string): Promise<{ status: number; body: RedactionPreview & { message?: string } }> => {
    const response = await fetch(`${server.url}/api/v1/redaction/preview?${RANGE}&${query}`);
    return { status: response.status, body: (await response.json()) as RedactionPreview };
  };

  test('counts values and items by kind, with examples before and after', async () => {
    const { body } = await get('catalog=financial,email&method=keep_last_4');
    assert.equal(body.items, 21);
    assert.deepEqual(body.kinds, [
      { name: 'card', group: 'financial', values: 1, items: 1 },
      { name: 'iban', group: 'financial', values: 0, items: 0 },
      { name: 'email', group: 'contact', values: 21, items: 21 },
    ]);
    assert.deepEqual(
      body.examples.find(({ kind }) => kind === 'card'),
      {
        ...{ kind: 'card', service: 'shop', place: 'body', before: 'Ärger: card ', value: '4111 1111 1111 1111' },
        ...{ after: ' declined', masked: '**** **** **** 1111' },
      },
    );
    assert.equal(body.examples.filter(({ kind }) => kind === 'email').length, 4);
    assert.equal(body.examples.find(({ kind }) => kind === 'email')?.place, 'enduser.id');
  });

  test('searches the newest items first, and none of another signal', async () => {
    assert.equal((await get('limit=1')).body.items, 1);
    assert.equal((await get('signal=traces')).body.items, 0);
  });

  test('rejects unknown kinds with those that exist', async () => {
    const { status, body } = await get('catalog=card,cards');
    assert.equal(status, 400);
    assert.match(JSON.stringify(body), /catalog: expected names of all, financial.*got .*cards/);
  });
});
