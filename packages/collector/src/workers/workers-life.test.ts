import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, test } from 'node:test';
import { createHttpClient } from '@otelier/transport/http-client';
import { listen } from '@otelier/transport/listen';
import { StartError } from '../graph/start-error.ts';
import { collected, replying } from './registry.testing.ts';
import { makeWorkers, OTLP, spans, startWorkers, until } from './service.testing.ts';

beforeEach(() => {
  collected.length = 0;
  replying.reply = () => ({ kind: 'accepted' });
});

const pipeline = (processor: string, config = '{}') => `
receivers: {${OTLP}}
processors: {${processor}: ${config}}
exporters: {collect: {}}
service: {pipelines: {traces: {receivers: [otlp], processors: [${processor}], exporters: [collect]}}}`;

const failureOf = (start: Promise<void>): Promise<unknown> =>
  start.then(
    () => undefined,
    (error: unknown) => error,
  );

test('logs and restarts a failed worker, keeping its counts, while the other continues', async (t) => {
  const { service, address, clients, lines } = await startWorkers(t, pipeline('crash'));
  const all = clients(8);
  const send = (name: string) => all.map((client) => client.export('traces', [spans([1, name])]));
  await Promise.all(send('good'));
  const into = () => service.graph().edges.find(({ to }) => to === 'exporter:traces:collect')?.items;
  await until('all are counted', () => into() === 8);
  // The connection breaks when the thread terminates. A client that retries would terminate the other worker too.
  await assert.rejects(postOnce(`http://${address()}/v1/traces`, spans([1, 'crash'])), { code: 'ECONNRESET' });
  const isFailure = ({ msg }: Record<string, unknown>) => String(msg).startsWith('worker failed');
  // The connection may break before the main thread is notified.
  await until('the failure is logged', () => lines.some(isFailure));
  const logged = lines.find(isFailure);
  assert.equal((logged?.['err'] as Error | undefined)?.message, 'a bug of the test');
  const worker = logged?.['worker'];
  assert.ok(service.host.health().errors.includes(`worker ${worker}: failed`));
  assert.equal(service.host.endpoints().length, 1);
  await until('the worker is back', () => service.host.health().errors.length === 0);
  const outcomes = await Promise.all(
    all.map(async (client) => {
      // The first request may fail on the broken connection.
      const outcome = await client.export('traces', [spans([1, 'again'])]);
      return outcome.kind === 'retry' ? await client.export('traces', [spans([1, 'again'])]) : outcome;
    }),
  );
  assert.ok(
    outcomes.every(({ kind }) => kind === 'accepted'),
    JSON.stringify(outcomes),
  );
  await service.drain();
  assert.equal(into(), 16);
});

/** Sends a request on its own connection, without retrying. */
function postOnce(url: string, body: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/x-protobuf' };
    const sent = request(url, { method: 'POST', agent: false, headers }, (response) => {
      response.resume().on('end', resolve).on('error', reject);
    });
    sent.on('error', reject).end(body);
  });
}

test('drains the buffers of workers when the service stops, and logs their lines', async (t) => {
  const { service, clients, lines } = await startWorkers(t, pipeline('hold'));
  // The kernel distributes the connections: that one thread gets all of 20 happens once in 500,000 runs.
  await Promise.all(clients(20).map((client) => client.export('traces', [spans([1, 'a'], [2, 'b'])])));
  assert.equal(collected.length, 0);
  const report = await service.drain();
  assert.deepEqual([report.forwardedItems, report.lostItems], [40, 0]);
  assert.equal(collected.length, 20);
  const held = lines.filter(({ msg }) => msg === 'forwarding buffered batches');
  assert.deepEqual(
    held.map(({ worker, component, level }) => [worker, component, level]).toSorted(),
    [0, 1].map((worker) => [worker, 'hold', 30]),
  );
});

test('reports the sum of the losses of all workers', async (t) => {
  const { service, clients, lines } = await startWorkers(t, pipeline('hold', '{lose: true}'));
  await Promise.all(clients(8).map((client) => client.export('traces', [spans([1, 'a'], [2, 'b'])])));
  assert.equal((await service.drain()).lostItems, 16);
  assert.ok(lines.some(({ msg, lostItems }) => String(msg).startsWith('drain ended') && lostItems === 16));
  assert.deepEqual(service.graph().nodes.find(({ component }) => component === 'hold')?.dropped, { shutdown: 16 });
});

for (const [what, config, message] of [
  ['start', '{}', 'processor broken: it cannot be started'],
  ['be made', '{create: true}', 'processor broken: it cannot be made'],
] as const) {
  test(`a component that cannot ${what} in the workers undoes the whole start and says why`, async (t) => {
    const { service } = await makeWorkers(t, pipeline('broken', config));
    const error = await failureOf(service.start());
    assert.ok(error instanceof StartError);
    assert.equal(error.message, message);
    assert.equal(error.component, 'broken');
    assert.equal(service.host.health().phase, 'stopped');
    assert.deepEqual(service.host.endpoints(), []);
  });
}

test('reports a port in use by another program, even if that program shares it', async (t) => {
  for (const reusePort of [false, true]) {
    const taken = await listen('127.0.0.1:0', { reusePort });
    const { service } = await makeWorkers(t, pipeline('stamp').replace('127.0.0.1:0', taken.address));
    const error = await failureOf(service.start());
    await taken.close();
    assert.ok(error instanceof StartError);
    assert.match(error.message, /^receiver otlp: 127\.0\.0\.1:\d+ is in use by another program; stop that program/);
  }
});

test('assigns different ports to two receivers with port 0', async (t) => {
  const yaml = pipeline('stamp')
    .replace('}}}}\n', '}}}, otlp/2: {protocols: {http: {endpoint: 127.0.0.1:0}, grpc: {endpoint: 127.0.0.1:0}}}}\n')
    .replace('[otlp]', '[otlp, otlp/2]');
  const { service } = await startWorkers(t, yaml);
  const addresses = service.host.endpoints().map(({ address }) => address);
  assert.equal(new Set(addresses).size, 3);
});

test('listens on a socket path in one worker, with a warning', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'otelier-workers-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'a.sock');
  const { service, lines } = await startWorkers(t, pipeline('stamp').replace('127.0.0.1:0', `unix:${path}`));
  assert.deepEqual(service.host.endpoints(), [{ component: 'otlp', protocol: 'http', address: `unix:${path}` }]);
  assert.equal(lines.filter(({ msg }) => String(msg).startsWith('listening in one worker only')).length, 1);
  await service.shutdown();
  assert.equal(existsSync(path), false);
});

test('authenticates senders in the workers', async (t) => {
  const { address } = await startWorkers(
    t,
    pipeline('stamp')
      .replace('127.0.0.1:0', '127.0.0.1:0, auth: {authenticator: bearer_token_auth}')
      .replace('exporters: {', 'extensions: {bearer_token_auth: {token: opensesame}}\nexporters: {')
      .replace('service: {', 'service: {extensions: [bearer_token_auth], '),
  );
  const outcomes = [];
  for (const headers of [{ authorization: 'Bearer opensesame' }, {}]) {
    const client = createHttpClient({ endpoint: `http://${address()}`, headers });
    outcomes.push((await client.export('traces', [spans([1, 'a'])])).kind);
    await client.shutdown();
  }
  assert.deepEqual(outcomes, ['accepted', 'refused']);
  assert.match(collected[0]?.context.subject ?? '', /^bearer:/);
});

test('allows shutdown twice, before the start and during it', async (t) => {
  const { service } = await makeWorkers(t, pipeline('stamp'));
  await service.shutdown();
  await service.shutdown();
  await assert.rejects(service.start(), /has been shut down/);
  const { service: another } = await makeWorkers(t, pipeline('stamp'));
  const started = another.start();
  await another.shutdown();
  await started;
  assert.equal(another.host.health().phase, 'stopped');
  assert.deepEqual(another.host.endpoints(), []);
});

test('starts no workers without a receiver that can run in them', async (t) => {
  const { service, lines } = await startWorkers(
    t,
    `
receivers: {inlet: {}}
exporters: {collect: {}}
service: {pipelines: {traces: {receivers: [inlet], exporters: [collect]}}}`,
  );
  assert.equal(service.graph().process.workerCpuCores, undefined);
  assert.ok(lines.some(({ msg }) => String(msg).startsWith('no receiver runs in worker')));
});
