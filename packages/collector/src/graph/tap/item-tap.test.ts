import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { TapCounts, TappedItem } from '@otelier/query';
import { type ApiClient, createApiClient, type ItemTapEvent } from '@otelier/query/client';
import { encodeRequest } from '@otelier/testkit/request-codec';
import type { ExportClient } from '@otelier/transport';
import { createHttpClient } from '@otelier/transport/http-client';
import { type Gateway, startGateway } from '../../service/reload/gateway.testing.ts';

const TOKEN = 'a token of some length';

const config = (workers: number, workbench = '') => `
receivers: {otlp: {protocols: {http: {endpoint: 127.0.0.1:0}}}}
processors:
  attributes:
    actions:
      - {key: stamped, action: insert, value: 7}
      - {key: card, action: delete}
      - {key: http.route, action: update, value: '/users/{id}'}
  filter: {error_mode: ignore, trace_conditions: ['span.name == "dropped"'], log_conditions: ['log.body == "dropped"']}
  batch: {timeout: 10ms}
exporters: {nop: {}}
extensions: {workbench: {endpoint: 127.0.0.1:0${workbench}}}
service:
  workers: ${workers}
  extensions: [workbench]
  pipelines:
    traces: {receivers: [otlp], processors: [attributes, filter, batch], exporters: [nop]}
    logs: {receivers: [otlp], processors: [attributes], exporters: [nop]}
    metrics: {receivers: [otlp], processors: [attributes], exporters: [nop]}`;

const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });
const ATTRIBUTES = [
  text('card', '4111 1111'),
  text('http.route', '/users/7'),
  text('token', 's3cret'),
  text('kept', 'x'),
];
const RESOURCE = { attributes: [text('service.name', 'shop')] };

function spans(names: readonly string[]): Uint8Array {
  const items = names.map((name, index) => ({
    ...{ traceId: '1'.repeat(32), spanId: `${index + 1}`.padStart(16, '0'), name, attributes: ATTRIBUTES },
    ...{ startTimeUnixNano: '1000', endTimeUnixNano: '3000', status: { code: 2 } },
  }));
  return encodeRequest('traces', { resourceSpans: [{ resource: RESOURCE, scopeSpans: [{ spans: items }] }] });
}

/** Two records of the same time, so that only their values tell them apart. */
function records(): Uint8Array {
  const logRecords = ['first', 'second'].map((body) => ({
    ...{ timeUnixNano: '5', body: { stringValue: body }, attributes: [...ATTRIBUTES, text('body', body)] },
  }));
  return encodeRequest('logs', { resourceLogs: [{ resource: RESOURCE, scopeLogs: [{ logRecords }] }] });
}

function points(): Uint8Array {
  const metrics = ['a', 'b'].map((name) => ({
    name,
    gauge: { dataPoints: [{ timeUnixNano: '5', asInt: name === 'a' ? '1' : '2', attributes: ATTRIBUTES }] },
  }));
  return encodeRequest('metrics', { resourceMetrics: [{ scopeMetrics: [{ metrics }] }] });
}

/** Returns the ID of the edge between two components. */
function edge(gateway: Gateway, from: string, to: string, signal = 'traces'): string {
  const { nodes, edges } = gateway.service.graph();
  const isNamed = (id: string, name: string) => nodes.some((node) => node.id === id && node.component === name);
  const found = edges.find((one) => one.signal === signal && isNamed(one.from, from) && isNamed(one.to, to));
  assert.ok(found);
  return found.id;
}

interface Shown {
  readonly items: TappedItem[];
  readonly counts: TapCounts;
}

/** Sends requests until a tap has shown something. */
async function tapWhileSending(
  { api, client }: { readonly api: ApiClient; readonly client: ExportClient },
  parameters: Parameters<ApiClient['tapItems']>[0],
  send: (client: ExportClient) => Promise<unknown>,
  isEnough: (shown: Shown) => boolean = ({ items, counts }) => items.length > 0 && counts.shownItems > 0,
): Promise<Shown> {
  let isDone = false;
  const sending = (async () => {
    while (!isDone) {
      await send(client);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  })();
  const shown: { items: TappedItem[]; counts: TapCounts } = { items: [], counts: NONE };
  try {
    for await (const event of api.tapItems(parameters)) {
      take(shown, event);
      if (isEnough(shown)) break;
    }
  } finally {
    isDone = true;
    await sending;
  }
  return shown;
}

const NONE: TapCounts = {
  ...{ seenItems: 0, notTakenItems: 0, uncheckedItems: 0, unmatchedItems: 0, beyondRateItems: 0, shownItems: 0 },
};

function take(shown: { items: TappedItem[]; counts: TapCounts }, { event, data }: ItemTapEvent): void {
  if (event === 'item') shown.items.push(data);
  else if (event === 'counts') shown.counts = data;
}

const changes = ({ values, changedValues }: TappedItem) =>
  values.slice(0, changedValues).map(({ key, before, after }) => [key, before, after]);

const MASKED_CHANGES = [
  ['attributes.card', '•••• ••••', undefined],
  ['attributes.http.route', '/•••••/•', '/users/{id}'],
  ['attributes.stamped', undefined, '7'],
];

function peers(gateway: Gateway, t: { after(end: () => Promise<void>): void }, token?: string) {
  const client = createHttpClient({ endpoint: `http://${gateway.address('http')}` });
  t.after(() => client.shutdown());
  return { client, api: createApiClient(`http://${gateway.address('http', 'workbench')}`, { token }) };
}

const gateway = await startGateway({ after }, config(1));
const both = peers(gateway, { after });

for (const workers of [1, 2]) {
  test(`shows what the component before an edge changed, with ${workers} workers`, async (t) => {
    const gateway = await startGateway(t, config(workers));
    const both = peers(gateway, t);
    const at = edge(gateway, 'attributes', 'filter');
    const { items, counts } = await tapWhileSending(both, { edge: at, where: 'name == "b"', rate: 5 }, (client) =>
      client.export('traces', [spans(['a', 'b', 'c'])]),
    );
    const [item] = items;
    assert.ok(item);
    assert.deepEqual(changes(item).toSorted(), MASKED_CHANGES);
    assert.deepEqual(
      [item.name, item.service, item.isError, item.durationNanos, item.comparison],
      ['b', 'shop', true, 2000, 'found'],
    );
    const token = item.values.find(({ key }) => key === 'attributes.token');
    assert.deepEqual(token, { key: 'attributes.token', before: '***', after: '***' });
    const { seenItems, notTakenItems, uncheckedItems, unmatchedItems, beyondRateItems, shownItems } = counts;
    assert.equal(seenItems, notTakenItems + uncheckedItems + unmatchedItems + beyondRateItems + shownItems);
    assert.ok(unmatchedItems >= 2 * shownItems && shownItems > 0 && seenItems % 3 === 0);
  });
}

test('finds items again behind a batch, and shows none before a receiver', async () => {
  const send = (client: ExportClient) => client.export('traces', [spans(['a', 'dropped'])]);
  // The first items entered before the tap was opened.
  const isFound = ({ comparison }: TappedItem) => comparison === 'found';
  const behind = await tapWhileSending(both, { edge: edge(gateway, 'batch', 'nop') }, send, ({ items }) =>
    items.some(isFound),
  );
  assert.equal(behind.items.find(isFound)?.changedValues, 0);
  const received = await tapWhileSending(both, { edge: edge(gateway, 'otlp', 'attributes') }, send);
  assert.equal(received.items[0]?.comparison, 'none');
});

test('compares log records of one time by their values, and data points by their metric', async () => {
  const logs = await tapWhileSending(
    both,
    { edge: edge(gateway, 'attributes', 'nop', 'logs') },
    (client) => client.export('logs', [records()]),
    ({ items }) => items.length >= 2,
  );
  const metrics = await tapWhileSending(
    both,
    { edge: edge(gateway, 'attributes', 'nop', 'metrics') },
    (client) => client.export('metrics', [points()]),
    ({ items }) => items.length >= 2,
  );
  const shown = [...logs.items.slice(0, 2), ...metrics.items.slice(0, 2)];
  assert.deepEqual(
    shown.map(({ name }) => name),
    ['first', 'second', 'a', 'b'],
  );
  for (const item of shown) assert.deepEqual(changes(item).toSorted(), MASKED_CHANGES);
});

test('takes one item in a number, and counts the others', async () => {
  const names = Array.from({ length: 25 }, (_, index) => `span ${index}`);
  const { counts } = await tapWhileSending(
    both,
    { edge: edge(gateway, 'attributes', 'filter'), every: 20, rate: 500 },
    (client) => client.export('traces', [spans(names)]),
    (shown) => shown.counts.shownItems >= 5,
  );
  assert.equal(counts.shownItems, Math.floor(counts.seenItems / 20));
  assert.equal(counts.notTakenItems, counts.seenItems - counts.shownItems);
});

test('shows plain values only with a token, and logs it', async (t) => {
  const plain = { masked: 'false' };
  await assert.rejects(async () => {
    const parameters = { ...plain, edge: edge(gateway, 'attributes', 'filter') };
    for await (const _ of both.api.tapItems(parameters)) break;
  }, /masked: expected true, because .* this API has no token/);
  const closed = await startGateway(t, config(1, `, token: ${TOKEN}`));
  const at = edge(closed, 'attributes', 'filter');
  const { items } = await tapWhileSending(peers(closed, t, TOKEN), { ...plain, edge: at }, (client) =>
    client.export('traces', [spans(['a'])]),
  );
  assert.deepEqual(items[0] && changes(items[0]).toSorted()[0], ['attributes.card', '4111 1111', undefined]);
  const logged = closed.lines.filter(({ msg }) => String(msg).startsWith('tap opened without masking'));
  assert.deepEqual(
    logged.map(({ edges, client }) => [edges, client]),
    [[[at], '127.0.0.1']],
  );
});

test('bounds items with many and long values', async () => {
  const attributes = Array.from({ length: 10_000 }, (_, index) =>
    text(`key ${index}`, 'x'.repeat(index === 0 ? 9000 : 1)),
  );
  const span = { traceId: '1'.repeat(32), spanId: '2'.repeat(16), name: '<b>\u202e\0', attributes };
  const request = encodeRequest('traces', { resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] });
  const { items } = await tapWhileSending(both, { edge: edge(gateway, 'attributes', 'filter'), rate: 1 }, (client) =>
    client.export('traces', [request]),
  );
  const [item] = items;
  assert.ok(item);
  assert.equal(item.name, '<b>\u202e\0');
  assert.deepEqual([item.values.length, item.values[0]?.key], [200, 'attributes.stamped']);
  assert.ok(item.leftOutValues > 9_800 && item.values.every(({ after = '' }) => after.length <= 401));
});

for (const [parameters, message] of [
  [{ edge: 'x' }, /edge: expected an edge of the running pipelines, got "x"/],
  [{}, /edge: expected 1 to \d+ values, got 0/],
  [{ edge: 'x', every: 0 }, /every: expected a whole number from 1 to 1000000, got "0"/],
] as const) {
  test(`rejects ${JSON.stringify(parameters)}`, async () => {
    await assert.rejects(async () => {
      for await (const _ of both.api.tapItems(parameters)) break;
    }, message);
  });
}
