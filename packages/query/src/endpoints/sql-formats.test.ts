import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestApi } from '@otelier/testkit/memory-api';
import { createMemoryStore } from '@otelier/testkit/memory-store';

test('returns SQL results in the format that the request or Accept names', async (t) => {
  const columns = [{ name: 'n', type: 'X' }];
  const query = async ({ maxRows = 0 }) => ({ columns, rows: [[1]], truncated: maxRows < 2000, elapsedMillis: 1 });
  const server = await startTestApi({ memory: createMemoryStore({ sql: { query } }) });
  t.after(() => server.shutdown(0));
  const type = async (body: object, accept = '*/*') => {
    const headers = { 'content-type': 'application/json', accept };
    const init = { method: 'POST', headers, body: JSON.stringify({ statement: 'SELECT 1', ...body }) };
    const response = await fetch(`${server.url}/api/v1/sql`, init);
    await response.arrayBuffer();
    return [response.status, response.headers.get('content-type'), response.headers.get('x-otelier-truncated')];
  };
  const csv = 'text/csv; charset=utf-8; header=present';
  assert.deepEqual(await type({ format: 'csv', maxRows: 2 }), [200, csv, 'true']);
  assert.deepEqual(await type({ maxRows: 2000 }, 'text/csv;q=0.9, */*'), [200, csv, 'false']);
  assert.deepEqual((await type({}, 'application/vnd.apache.arrow.stream'))[1], 'application/vnd.apache.arrow.stream');
  assert.deepEqual((await type({ format: 'parquet' }, 'text/csv'))[1], 'application/vnd.apache.parquet');
  assert.deepEqual((await type({ format: 'json' }, 'text/csv'))[1], 'application/json; charset=utf-8');
  assert.deepEqual((await type({ format: 'xml' }))[0], 400);
});
