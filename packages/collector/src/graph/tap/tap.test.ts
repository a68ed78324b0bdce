import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ApiClient, createApiClient, type TapEvent } from '@otelier/query/client';
import { encodeRequest } from '@otelier/testkit/request-codec';
import { createHttpClient } from '@otelier/transport/http-client';
import { startGateway } from '../../service/reload/gateway.testing.ts';

const TOKEN = 'a token of some length';

const config = (workers: number, workbench: string) => `
receivers: {otlp: {protocols: {http: {endpoint: 127.0.0.1:0}}}}
processors: {attributes: {actions: [{key: stamped, action: insert, value: true}]}}
exporters: {nop: {}}
extensions: {workbench: {endpoint: 127.0.0.1:0${workbench}}}
service:
  workers: ${workers}
  extensions: [workbench]
  pipelines: {traces: {receivers: [otlp], processors: [attributes], exporters: [nop]}}`;

function request(names: readonly string[]): Uint8Array {
  const attributes = [
    { key: 'http.request.header.cookie', value: { stringValue: 'secret=1' } },
    { key: 'http.route', value: { stringValue: '/cart' } },
  ];
  const spans = names.map((name) => ({ traceId: '1'.repeat(32), spanId: '2'.repeat(16), name, attributes }));
  return encodeRequest('traces', { resourceSpans: [{ scopeSpans: [{ spans }] }] });
}

/** Sends requests until the tap ends, and returns its events. */
async function tapWhileSending(
  api: ApiClient,
  parameters: Parameters<ApiClient['tap']>[0],
  address: string,
  names: readonly string[],
  isEnough: (event: TapEvent) => boolean = () => false,
): Promise<TapEvent[]> {
  const client = createHttpClient({ endpoint: `http://${address}` });
  const events: TapEvent[] = [];
  let isDone = false;
  const sending = (async () => {
    while (!isDone) {
      await client.export('traces', [request(names)]);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  })();
  try {
    for await (const event of api.tap(parameters)) {
      events.push(event);
      if (isEnough(event)) break;
    }
  } finally {
    isDone = true;
    await sending;
    await client.shutdown();
  }
  return events;
}

for (const workers of [1, 2]) {
  test(`shows matching items of a component, masked, until the limit, with ${workers} workers`, async (t) => {
    const gateway = await startGateway(t, config(workers, ''));
    const api = createApiClient(`http://${gateway.address('http', 'workbench')}`);
    const parameters = { at: 'processors/attributes', where: 'name == "b"', limit: 2, mask: ['route'] };
    const events = await tapWhileSending(api, parameters, gateway.address('http'), ['a', 'b', 'c']);
    const shown = events.filter(({ event }) => event === 'telemetry');
    assert.equal(shown.length, 2);
    const text = JSON.stringify(shown[0]?.data);
    assert.match(text, /"name":"b"/);
    assert.doesNotMatch(text, /"name":"[ac]"|secret=1|\/cart|stamped/);
    const after = await tapWhileSending(api, { at: 'nop', limit: 1 }, gateway.address('http'), ['a', 'b']);
    assert.deepEqual(
      after.map(({ event, data }) => [event, 'itemCount' in data && data.itemCount]),
      [['telemetry', 1]],
    );
    assert.match(JSON.stringify(after), /"stamped"/);
    const received = await tapWhileSending(api, { at: 'receivers/otlp', limit: 1 }, gateway.address('http'), ['a']);
    assert.doesNotMatch(JSON.stringify(received), /"stamped"/);
  });
}

test('counts the items beyond the rate', async (t) => {
  const gateway = await startGateway(t, config(1, ''));
  const api = createApiClient(`http://${gateway.address('http', 'workbench')}`);
  const names = Array.from({ length: 20 }, (_, index) => `span ${index}`);
  const isSkipped = ({ event }: TapEvent) => event === 'skipped';
  const events = await tapWhileSending(api, { at: 'nop', rate: 5 }, gateway.address('http'), names, isSkipped);
  const [first] = events.filter(({ event }) => event === 'telemetry');
  assert.equal(first?.event === 'telemetry' ? first.data.itemCount : 0, 5);
  const skipped = events.find(isSkipped);
  assert.ok(skipped?.event === 'skipped' && skipped.data.count >= 15);
});

test('shows values only to clients with a token', async (t) => {
  const open = await startGateway(t, config(1, ''));
  const anonymous = createApiClient(`http://${open.address('http', 'workbench')}`);
  const unmasked = { at: 'nop', masked: 'false', limit: 1 };
  await assert.rejects(async () => {
    for await (const _ of anonymous.tap(unmasked)) break;
  }, /masked: expected true, because .* this API has no token/);
  const closed = await startGateway(t, config(1, `, token: ${TOKEN}`));
  const api = createApiClient(`http://${closed.address('http', 'workbench')}`, { token: TOKEN });
  const events = await tapWhileSending(api, unmasked, closed.address('http'), ['a']);
  assert.match(JSON.stringify(events), /secret=1/);
});

for (const [parameters, message] of [
  [{ at: 'processors/atributes' }, /at: expected an edge or a component.*did you mean "processors\/attributes"/],
  [{ at: 'nop', where: 'nam == "a"' }, /where: /],
  [{ at: 'nop', rate: 0 }, /rate: expected a whole number from 1 to 500, got "0"/],
  [{ at: '' }, /at: expected a value/],
] as const) {
  test(`rejects ${JSON.stringify(parameters)}`, async (t) => {
    const gateway = await startGateway(t, config(1, ''));
    const api = createApiClient(`http://${gateway.address('http', 'workbench')}`);
    await assert.rejects(async () => {
      for await (const _ of api.tap(parameters)) break;
    }, message);
  });
}
