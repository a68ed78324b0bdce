import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Outcome } from '@otelier/otlp';
import {
  batchOf,
  type ComponentBench,
  createComponentBench,
  exporterContract,
  type RecordedHttpRequest,
  sampleBatch,
  startRecordingHttpServer,
} from '@otelier/testkit';
import { systemClock } from '@otelier/transport';
import { elasticsearch } from './elasticsearch.ts';

/** Decides about documents: their statuses, or the status of the request. */
type Decide = (documents: readonly string[], attempt: number) => readonly number[] | number;

/** Returns the documents of a request: the index, the ID and the body of each. */
function documentsOf({ text }: RecordedHttpRequest): readonly string[] {
  const lines = text.trimEnd().split('\n');
  return lines.flatMap((line, index) => {
    const document = lines[index + 1];
    if (index % 2 === 1 || document === undefined) return [];
    const { create } = JSON.parse(line) as { create: { _index: string; _id?: string } };
    const { body: inner } = JSON.parse(document) as { body?: { text?: unknown } };
    return [[create._index, create._id, inner?.text].filter(Boolean).join(' ')];
  });
}

/** A server that records bulk requests, and responds as `decide` says. */
function startFakeServer(decide: Decide = (documents) => documents.map(() => 201), port = 0) {
  return startRecordingHttpServer(
    (request, count) => {
      const decided = decide(documentsOf(request), count);
      if (typeof decided === 'number') return { status: decided, body: '{"error":{"reason":"not now"}}' };
      const items = decided.map((status) => ({
        create: {
          _index: 'i',
          status,
          ...(status >= 300 && { error: { type: 'mapper_parsing_exception', reason: `status ${status}` } }),
        },
      }));
      return { body: JSON.stringify({ errors: items.some(({ create }) => create.status >= 300), items }) };
    },
    { port },
  );
}

exporterContract(elasticsearch, {
  config: { endpoint: 'http://127.0.0.1:1' },
  destination: async () => {
    const server = await startFakeServer();
    return { config: { endpoint: server.url }, close: () => server.close() };
  },
});

function logs(...bodies: readonly string[]) {
  const logRecords = bodies.map((stringValue) => ({
    timeUnixNano: '1700000000000000000',
    body: { stringValue },
    attributes: [{ key: 'elasticsearch.document_id', value: { stringValue: `id-${stringValue}` } }],
  }));
  return batchOf('logs', { resourceLogs: [{ scopeLogs: [{ logRecords }] }] });
}

/** Starts a server that is closed when the test ends. */
async function startServer(t: TestContext, ...args: Parameters<typeof startFakeServer>) {
  const server = await startFakeServer(...args);
  t.after(() => server.close());
  return server;
}

/** Starts an exporter that is closed when the test ends. */
async function startBench(t: TestContext, config: Record<string, unknown>): Promise<ComponentBench> {
  const bench = await createComponentBench(elasticsearch, { clock: systemClock, config });
  t.after(() => bench.close());
  await bench.start();
  return bench;
}

/** Starts an exporter without a queue, with short retries of documents only. */
function start(t: TestContext, config: Record<string, unknown>): Promise<ComponentBench> {
  return startBench(t, {
    sending_queue: { enabled: false },
    retry_on_failure: { enabled: false },
    retry: { initial_interval: '1ms', max_interval: '2ms' },
    ...config,
  });
}

const STREAM = 'logs-generic.otel-default';

async function outcomesOf(t: TestContext, decide: Decide, config: Record<string, unknown> = {}, sends = 1) {
  const server = await startServer(t, decide);
  const bench = await start(t, { endpoint: server.url, ...config });
  const batch = logs('a', 'b', 'c', 'd');
  const outcomes: Outcome[] = [];
  for (let i = 0; i < sends; i++) outcomes.push(await bench.send(batch));
  const bodies = server.requests.map((request) =>
    documentsOf(request)
      .map((text) => text.replace(`${STREAM} `, ''))
      .join(''),
  );
  return { outcomes, bodies };
}

test('sends documents again alone that failed for now, and counts those that failed for good', async (t) => {
  const statuses = new Map([
    ['a', [201]],
    ['b', [429, 503, 201]],
    ['c', [400]],
    ['d', [500, 201]],
  ]);
  const { outcomes, bodies } = await outcomesOf(t, (documents) =>
    documents.map((text) => statuses.get(text.slice(-1))?.shift() ?? 201),
  );
  assert.deepEqual(bodies, ['abcd', 'bd', 'b']);
  assert.deepEqual(outcomes, [
    { kind: 'partial', rejectedItems: 1, reason: 'i: mapper_parsing_exception: status 400' },
  ]);
});

test('goes on after the documents that were indexed when the batch is sent again', async (t) => {
  const decide: Decide = (documents, attempt) => documents.map((_, i) => (attempt <= 3 && i > 0 ? 429 : 201));
  const { outcomes, bodies } = await outcomesOf(t, decide, {}, 2);
  assert.deepEqual(bodies, ['abcd', 'bcd', 'cd', 'd']);
  assert.deepEqual(
    outcomes.map(({ kind }) => kind),
    ['retry', 'accepted'],
  );
});

test('retries requests on server errors, and refuses what the server never accepts', async (t) => {
  const later = await outcomesOf(t, (documents, attempt) => (attempt === 1 ? 503 : documents.map(() => 201)));
  assert.deepEqual(later.bodies, ['abcd', 'abcd']);
  assert.deepEqual(later.outcomes, [{ kind: 'accepted' }]);
  const never = await outcomesOf(t, () => 401);
  assert.deepEqual(never.bodies, ['abcd']);
  assert.deepEqual(never.outcomes, [
    { kind: 'refused', reason: 'the server responded 401: {"error":{"reason":"not now"}}' },
  ]);
  const disabled = await outcomesOf(t, () => 429, { retry: { enabled: false } });
  assert.equal(disabled.outcomes[0]?.kind, 'retry');
  assert.equal(disabled.bodies.length, 1);
});

test('halves requests that are too large, down to the document', async (t) => {
  const { outcomes, bodies } = await outcomesOf(t, (documents) =>
    documents.length > 1 || documents[0]?.endsWith('c') ? 413 : [201],
  );
  assert.deepEqual(bodies, ['abcd', 'ab', 'a', 'b', 'cd', 'c', 'd']);
  assert.deepEqual(outcomes, [
    { kind: 'partial', rejectedItems: 1, reason: 'the server responded 413: the document is too large' },
  ]);
});

test('counts existing documents as indexed if conflicts are suppressed', async (t) => {
  const decide: Decide = (documents) => documents.map(() => 409);
  assert.equal((await outcomesOf(t, decide)).outcomes[0]?.kind, 'refused');
  assert.equal((await outcomesOf(t, decide, { suppress_conflict_errors: true })).outcomes[0]?.kind, 'accepted');
});

test('sends credentials, pipeline and IDs, to servers in turn, and to an index with the date', async (t) => {
  const [first, second] = [await startServer(t), await startServer(t)];
  const bench = await start(t, {
    endpoints: [`${first.url}/base/?a=b`, second.url],
    user: 'ada',
    password: 'pw',
    pipeline: 'p',
    compression: 'none',
    logs_index: 'app',
    logs_dynamic_id: { enabled: true },
    logstash_format: { enabled: true },
  });
  await bench.send(logs('x'));
  await bench.send(logs('y'));
  const [one, other] = [first.requests[0], second.requests[0]];
  const date = new Date().toISOString().slice(0, 10).replaceAll('-', '.');
  const [yesterday] = new Date(Date.now() - 1000).toISOString().split('T');
  assert.ok(
    [date, yesterday?.replaceAll('-', '.')].some(
      (day) => one !== undefined && documentsOf(one)[0] === `app-${day} id-x x`,
    ),
  );
  assert.match((other && documentsOf(other)[0]) ?? '', /^app-.* id-y y$/);
  const url = new URL(one?.url ?? '', 'http://x');
  assert.equal(url.pathname, '/base/_bulk');
  assert.equal(url.searchParams.get('pipeline'), 'p');
  assert.equal(url.searchParams.get('a'), 'b');
  assert.equal(one?.headers.authorization, `Basic ${Buffer.from('ada:pw').toString('base64')}`);
  assert.equal(one?.headers['content-encoding'], undefined);
});

test('takes the mapping mode from the request, and rejects items that a mode does not have', async (t) => {
  const server = await startServer(t);
  const bench = await start(t, { endpoint: server.url });
  const batch = logs('x');
  const metadata = { 'x-elastic-mapping-mode': ['ecs'] };
  await bench.send({ ...batch, context: { ...batch.context, metadata } });
  assert.deepEqual(server.requests.map(documentsOf)[0], ['logs-generic-default']);
  const bodymap = { 'x-elastic-mapping-mode': ['bodymap'] };
  const span = sampleBatch('traces', 1);
  const outcome = await bench.send({ ...span, context: { ...span.context, metadata: bodymap } });
  assert.deepEqual(outcome, { kind: 'refused', reason: 'data_stream.type: expected logs or metrics, got "traces"' });
});

test('reads the URL of a deployment in Elastic Cloud, and checks the servers', async () => {
  const cloudid = `name:${Buffer.from('eu.cloud.example.com$abc$def').toString('base64')}`;
  const bench = await createComponentBench(elasticsearch, { config: { cloudid } });
  assert.ok(bench);
  await assert.rejects(
    createComponentBench(elasticsearch, { config: { cloudid, endpoint: 'http://127.0.0.1:9200' } }),
    /endpoints: expected one of endpoint, endpoints and cloudid/,
  );
  await assert.rejects(createComponentBench(elasticsearch, { config: { cloudid: 'x' } }), /an ID of Elastic Cloud/);
  const missing = await createComponentBench(elasticsearch);
  await assert.rejects(missing.start(), /expected endpoint, endpoints, cloudid or ELASTICSEARCH_URL, got nothing/);
  const environment = { ELASTICSEARCH_URL: 'http://127.0.0.1:1, http://127.0.0.1:2' };
  const found = await createComponentBench(elasticsearch, { environment });
  await found.start();
  await found.close();
});

test('loses nothing while the server is away', async (t) => {
  const before = await startServer(t);
  const bench = await startBench(t, {
    endpoint: before.url,
    sending_queue: { batch: { enabled: false } },
    retry_on_failure: { initial_interval: '10ms', max_interval: '20ms' },
  });
  await bench.send(logs('a'));
  while (before.requests.length === 0) await new Promise(setImmediate);
  await before.close();
  for (const body of ['b', 'c', 'd']) await bench.send(logs(body));
  const after = await startServer(t, undefined, Number(new URL(before.url).port));
  while (after.requests.length < 3) await new Promise(setImmediate);
  assert.equal((await bench.service.drain()).lostItems, 0);
  assert.deepEqual(
    after.requests
      .flatMap(documentsOf)
      .map((text) => text.slice(-1))
      .sort(),
    ['b', 'c', 'd'],
  );
});
