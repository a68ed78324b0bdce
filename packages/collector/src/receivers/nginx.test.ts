import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { receiverContract } from '@otelier/testkit/component-contract';
import { nginx } from './nginx.ts';
import { startPage } from './scraping/page.testing.ts';
import { readingError, readOnce, startReading } from './scraping/scraping.testing.ts';

receiverContract(nginx, { config: { endpoint: 'http://127.0.0.1:1/status' }, silent: true });

const PAGE = `Active connections: 291 
server accepts handled requests
 16630948 16630946 31070465 
Reading: 6 Writing: 179 Waiting: 106 
`;

test('reads the page of stub_status', async (t) => {
  const { url, requests } = await startPage(t, (_, response) => response.end(PAGE));
  const lines = await readOnce(t, nginx, { endpoint: url, headers: { authorization: 'Bearer t' } });
  assert.deepEqual(lines, [
    '{} nginx.connections_accepted counter connections {} int 16630948',
    '{} nginx.connections_current sum connections {state=active} int 291',
    '{} nginx.connections_current sum connections {state=reading} int 6',
    '{} nginx.connections_current sum connections {state=waiting} int 106',
    '{} nginx.connections_current sum connections {state=writing} int 179',
    '{} nginx.connections_handled counter connections {} int 16630946',
    '{} nginx.requests counter requests {} int 31070465',
  ]);
  assert.equal(requests[0]?.headers.authorization, 'Bearer t');
});

test('reports other pages, other statuses, large bodies and closed connections, without credentials', async (t) => {
  const cases: [Parameters<typeof startPage>[1], RegExp][] = [
    [(_, response) => response.end('<html>Welcome'), /expected the page of stub_status, got "<html>Welcome"/],
    [(_, response) => response.writeHead(403).end(PAGE), /expected status 200 from http:\/\/127.*, got 403/],
    [(_, response) => response.end('x'.repeat((16 << 20) + 1)), /at most 16777216 bytes, got more/],
    [(_, response) => response.destroy(), /socket hang up/],
    [(_, response) => response.write(PAGE) && response.destroy(), /aborted|hang up/],
  ];
  for (const [listener, expected] of cases) {
    const { url } = await startPage(t, listener);
    const error = await readingError(t, nginx, { endpoint: url.replace('//', '//name:secret@') });
    assert.match(error, expected);
    assert.doesNotMatch(error, /secret/);
  }
});

test('sends its headers to no other server', async (t) => {
  const other = await startPage(t, (_, response) => response.end(PAGE));
  const { url } = await startPage(t, (_, response) => response.writeHead(302, { location: other.url }).end());
  await readOnce(t, nginx, { endpoint: url, headers: { 'x-token': 'secret' } });
  assert.equal(other.requests[0]?.headers['x-token'], undefined);
});

test('gives up at the timeout, recovers, and stops during a reading', async (t) => {
  let isSilent = true;
  const { url, requests } = await startPage(t, (_, response) => {
    if (!isSilent) response.end(PAGE);
  });
  const bench = await startReading(t, nginx, { endpoint: url, timeout: '3s', collection_interval: '10s' });
  while (requests.length === 0) await bench.clock.advance(0);
  await bench.clock.advance(3000);
  while (bench.error() === undefined) await bench.clock.advance(0);
  assert.equal(bench.error(), 'nginx: not read after 3000 ms');
  isSilent = false;
  while (bench.received.length === 0) await bench.clock.advance(100);
  while (bench.error() !== undefined) await bench.clock.advance(0);
  isSilent = true;
  while (requests.length < 3) await bench.clock.advance(100);
  await bench.service.drain();
});

test('rejects configurations that cannot work, naming the fields', async () => {
  const expected: [Record<string, unknown>, RegExp][] = [
    [{ endpoint: 'localhost' }, /endpoint: expected an http or https URL/],
    [{ metrics: { 'nginx.other': {} } }, /metrics."nginx.other": expected one of nginx.requests/],
    [{ collection_interval: '0s' }, /collection_interval: expected a duration above 0/],
    [{ auth: { authenticator: 'missing' } }, /authenticator/],
  ];
  for (const [config, message] of expected) await assert.rejects(createComponentBench(nginx, { config }), message);
});
