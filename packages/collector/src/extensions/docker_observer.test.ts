import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { createCertificates } from '@otelier/testkit/certificates';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { extensionContract } from '@otelier/testkit/component-contract';
import { recordingReceiver } from '../component/discovery/observing.testing.ts';
import { startPage } from '../receivers/scraping/page.testing.ts';
import { dockerObserver } from './docker_observer.ts';

extensionContract(dockerObserver, { config: { endpoint: 'http://127.0.0.1:1' } });

const WEB = {
  Id: 'a1',
  Name: '/web',
  State: { Running: true },
  Config: {
    ...{ Image: 'nginx:1', Cmd: ['nginx', '-g'], Hostname: 'web-1', Labels: { team: 'x' } },
    ExposedPorts: { '80/tcp': {}, '53/udp': {} },
  },
  NetworkSettings: {
    Networks: { bridge: { IPAddress: '172.17.0.2' } },
    Ports: { '80/tcp': [{ HostIp: '0.0.0.0', HostPort: '8080' }], '53/udp': null },
  },
};

const BROKEN = { message: 'broken' };

test('reports the ports of running containers, follows events and keeps endpoints while the daemon fails', async (t) => {
  let pages: Record<string, unknown> = {
    '/containers/json': [{ Id: 'a1', Image: 'nginx:1' }, { Id: 'b1', Image: 'test-x' }, { Id: 'c1' }, { Id: 'gone' }],
    '/containers/a1/json': WEB,
    '/containers/b1/json': { ...WEB, Id: 'b1' },
    '/containers/c1/json': { ...WEB, Id: 'c1', State: { Running: true, Paused: true } },
  };
  const streams = new Set<ServerResponse>();
  const page = await startPage(t, (request, response) => {
    if (request.url?.startsWith('/events?since=')) {
      streams.add(response);
      response.on('close', () => streams.delete(response));
      return;
    }
    const found = pages[request.url ?? ''];
    response.writeHead(found === undefined ? 404 : found === BROKEN ? 500 : 200).end(JSON.stringify(found ?? {}));
  });
  const start = async (config: Readonly<Record<string, unknown>>) => {
    const { definition, endpoints } = recordingReceiver('docker_observer');
    const options = { endpoint: new URL(page.url).origin, excluded_images: ['test-*'], timeout: '1h', ...config };
    const bench = await createComponentBench(definition, {
      extensions: { docker_observer: { definition: dockerObserver, config: options } },
    });
    t.after(() => bench.close());
    await bench.start();
    const until = async (count: number) => {
      while (endpoints.size !== count) await new Promise(setImmediate);
      return [...endpoints.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
    };
    return { bench, until };
  };
  const bound = await start({ use_host_bindings: true, ignore_non_host_bindings: true, include_all_containers: true });
  assert.deepEqual(
    (await bound.until(2)).map(({ id, target }) => `${id} ${target}`),
    ['a1 172.17.0.2', 'a1:8080 127.0.0.1:8080'],
  );
  await bound.bench.close();
  const named = await start({ use_hostname_if_present: true });
  assert.deepEqual((await named.until(2))[0]?.target, 'web-1:53');
  await named.bench.close();
  while (streams.size > 0) await new Promise(setImmediate);
  const { until, bench } = await start({ cache_sync_interval: '1m' });
  const common = {
    ...{ name: 'web', image: 'nginx:1', command: 'nginx -g', container_id: 'a1', labels: { team: 'x' } },
    host: '172.17.0.2',
  };
  assert.deepEqual(await until(2), [
    {
      ...{ id: 'a1:53', type: 'container', target: '172.17.0.2:53' },
      details: { ...common, port: 53, alternate_port: 0, transport: 'UDP' },
    },
    {
      ...{ id: 'a1:8080', type: 'container', target: '172.17.0.2:80' },
      details: { ...common, port: 80, alternate_port: 8080, transport: 'TCP' },
    },
  ]);
  const report = (id: string) => {
    for (const stream of streams) stream.write(`${JSON.stringify({ Action: 'start', Actor: { ID: id } })}\n`);
  };
  pages = { ...pages, '/containers/c1/json': { ...WEB, Id: 'c1' }, '/containers/b2/json': excluded('b2') };
  while (streams.size === 0) await new Promise(setImmediate);
  report('b2');
  report('c1');
  assert.deepEqual(
    (await until(4)).map(({ id }) => id),
    ['a1:53', 'a1:8080', 'c1:53', 'c1:8080'],
  );
  pages = { ...pages, '/containers/a1/json': undefined };
  report('a1');
  await until(2);
  const failure = () => bench.service.host.statuses().find(({ component }) => component === 'docker_observer')?.error;
  const before = pages;
  pages = { '/containers/json': 'none' };
  for (const stream of streams) stream.end('{"Action":"start"}\n');
  while (failure() === undefined) await new Promise(setImmediate);
  assert.match(failure() ?? '', /expected a stream of events, got its end/);
  while (!/expected a list/.test(failure() ?? '')) await bench.clock.advance(1000);
  await until(2);
  pages = { ...before, '/containers/json': [{ Id: 'd1' }], '/containers/d1/json': { ...WEB, Id: 'd1' } };
  while (failure() !== undefined) await bench.clock.advance(1000);
  assert.deepEqual(
    (await until(2)).map(({ id }) => id),
    ['d1:53', 'd1:8080'],
  );
  pages = { '/containers/json': [] };
  await bench.clock.advance(60_000);
  await until(0);
  // A container that cannot be read does not hide others.
  pages = {
    '/containers/json': [{ Id: 'e1' }, { Id: 'a1' }],
    '/containers/e1/json': BROKEN,
    '/containers/a1/json': WEB,
  };
  await bench.clock.advance(60_000);
  await until(2);
  while (failure() === undefined) await new Promise(setImmediate);
  assert.match(failure() ?? '', /expected status 200 from \/containers\/e1\/json, got 500 broken/);
  pages = { ...pages, '/containers/e1/json': { ...WEB, Id: 'e1' } };
  report('e1');
  await until(4);
  while (failure() !== undefined) await new Promise(setImmediate);
});

function excluded(id: string) {
  return { ...WEB, Id: id, Config: { ...WEB.Config, Image: 'test-x' } };
}

test('reads a remote daemon that asks for a certificate', async (t) => {
  const { ca, server: own, client } = await createCertificates();
  const options = { key: own.key, cert: own.cert, ca: ca.cert, requestCert: true, rejectUnauthorized: true };
  const server = createServer(options, ({ url }, response) => {
    if (!url?.startsWith('/events?'))
      response.end(JSON.stringify(url === '/containers/json' ? [{ Id: 'a1', Image: 'nginx:1' }] : WEB));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const endpoint = `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const tls = { ca_pem: ca.cert, cert_pem: client.cert, key_pem: client.key };
  const { definition, endpoints } = recordingReceiver('docker_observer');
  const bench = await createComponentBench(definition, {
    extensions: { docker_observer: { definition: dockerObserver, config: { endpoint, tls, timeout: '1h' } } },
  });
  t.after(() => bench.close());
  await bench.start();
  while (endpoints.size !== 2) await new Promise(setImmediate);
  assert.deepEqual([...endpoints.keys()].sort(), ['a1:53', 'a1:8080']);
});
