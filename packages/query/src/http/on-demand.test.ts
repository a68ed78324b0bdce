import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';

/**
 * Serves the API, prints whether the `fetch` client is loaded, then sends a request to the API and prints its status.
 */
const PROGRAM = `
  import { createApiOnDemand, serveApi } from '@otelier/query/serve';
  const isLoaded = () => process.moduleLoadList.some((name) => name.includes('undici'));
  const status = { accepting: true };
  const options = { store: () => undefined, graph: () => ({}), status: () => status, subscribeLogs: () => () => {} };
  const api = createApiOnDemand(options);
  const server = await serveApi({ endpoint: '127.0.0.1:0', api });
  const before = isLoaded();
  const { status: code } = await fetch('http://' + server.address + '/healthz');
  await server.shutdown();
  console.log(JSON.stringify({ authenticated: api.authenticated, before, code }));
`;

test('serves requests, and loads what they need with the first one', async () => {
  const args = ['--input-type=module', '-e', PROGRAM];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: import.meta.dirname });
  assert.deepEqual(JSON.parse(stdout), { authenticated: false, before: false, code: 200 });
});
