import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import type { DryRunReport } from '@otelier/query';
import { type EditedGateway, startEdited } from '../service/editing/gateway.testing.ts';

const config = ({ routes = ['/healthz'], processors = '', traces = 'filter', logs = '', exporters = 'file' } = {}) => `
receivers:
  otlp: {protocols: {http: {endpoint: 127.0.0.1:0}}}
  otlp/unused: {protocols: {http: {endpoint: 127.0.0.1:0}}}
processors:
  filter: {traces: {span: ['${routes.map((route) => `attributes["http.route"] == "${route}"`).join("', '")}']}}
${processors}
exporters: {nop: {}, file: {path: "FILE"}}
extensions: {workbench: {endpoint: 127.0.0.1:0}}
service:
  extensions: [workbench]
  pipelines:
    traces: {receivers: [otlp], processors: [${traces}], exporters: [${exporters}]}
    logs: {receivers: [otlp], processors: [${logs}], exporters: [${exporters}]}
`;

const attributes = (values: Record<string, string>) =>
  Object.entries(values).map(([key, stringValue]) => ({ key, value: { stringValue } }));

/** Sends spans of three routes and log records, of which some are equal, until the returned function is called. */
function sendUntilStopped(gateway: EditedGateway): () => Promise<void> {
  const address = gateway.service.host.endpoints().find(({ component }) => component === 'otlp')?.address;
  const resource = { attributes: attributes({ 'service.name': 'shop' }) };
  let [stopped, count] = [false, 0];
  const post = (path: string, body: object) =>
    fetch(`http://${address}/v1/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const done = (async () => {
    while (!stopped) {
      const time = String(1_700_000_000_000_000_000n + BigInt(count) * 1000n);
      const spans = ['/healthz', '/ready', '/cart'].map((route, index) => ({
        traceId: String(++count).padStart(32, '0'),
        spanId: String(index + 1).padStart(16, '0'),
        name: `GET ${route}`,
        startTimeUnixNano: time,
        endTimeUnixNano: time,
        attributes: attributes({ 'http.route': route, card: '4417', api_token: 'abc' }),
      }));
      const logRecords = ['stock low', 'stock low', 'stock low', `order ${count}`].map((stringValue) => ({
        timeUnixNano: time,
        severityText: 'INFO',
        body: { stringValue },
      }));
      await post('traces', { resourceSpans: [{ resource, scopeSpans: [{ spans }] }] });
      await post('logs', { resourceLogs: [{ resource, scopeLogs: [{ logRecords }] }] });
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  })();
  return () => {
    stopped = true;
    return done;
  };
}

async function dryRun(gateway: EditedGateway, text: string): Promise<DryRunReport> {
  const stop = sendUntilStopped(gateway);
  try {
    const { status, body } = await gateway.post('/config/dry-run', { text, base: 1, seconds: 1 });
    assert.equal(status, 200, JSON.stringify(body));
    return body;
  } finally {
    await stop();
  }
}

/** Returns the sums of a balance by `kind component reason`, of both sides. */
function rowsOf({ balance }: DryRunReport): ReadonlyMap<string, readonly [number, number]> {
  const rows = new Map<string, readonly [number, number]>();
  for (const { kind, component, reason, now, draft } of balance) {
    const key = [kind, component, reason].filter((part) => part !== undefined).join(' ');
    const [a, b] = rows.get(key) ?? [0, 0];
    rows.set(key, [a + now, b + draft]);
  }
  return rows;
}

test('compares a draft with what runs on live telemetry, item by item, and writes nothing', async () => {
  await using gateway = await startEdited(config());
  const draft = config({
    routes: ['/healthz', '/ready'],
    processors:
      '  attributes: {actions: [{key: card, action: delete}, {key: api_token, action: delete}]}\n  log_dedup: {interval: 10s}',
    traces: 'filter, attributes',
    logs: 'log_dedup',
  }).replace('"FILE"', `"${gateway.file}.draft"`);
  const report = await dryRun(gateway, draft);
  const rows = rowsOf(report);
  assert.equal(report.isBalanced, true, JSON.stringify(report.balance));
  assert.deepEqual(rows.get('unaccounted'), [0, 0]);
  const [received = 0] = rows.get('received') ?? [];
  assert.ok(received >= 14 && received === report.items, `${received} items`);
  const [healthz = 0, both = 0] = rows.get('dropped processors/filter filtered') ?? [];
  assert.ok(healthz > 0 && both === 2 * healthz, `${healthz}, ${both}`);
  const fates = new Map(report.differing.sample.map((item) => [`${item.signal} ${item.name}`, item]));
  const ready = fates.get('traces GET /ready');
  assert.deepEqual([ready?.now.kind, ready?.draft.kind, ready?.draft.component], ['kept', 'gone', 'processors/filter']);
  assert.equal(ready?.service, 'shop');
  const cart = fates.get('traces GET /cart');
  assert.equal(cart?.draft.kind, 'changed');
  assert.deepEqual(cart?.changes, [
    { key: 'card', before: '4417' },
    { key: 'api_token', before: '***' },
  ]);
  assert.equal(fates.has('traces GET /healthz'), false, 'it is dropped by both');
  const folded = report.differing.sample.find(({ signal, draft: { kind } }) => signal === 'logs' && kind === 'gone');
  assert.deepEqual([folded?.name, folded?.draft.component], ['stock low', 'processors/log_dedup']);
  assert.ok(
    report.edges.some(({ from, to, now }) => from === 'processors/filter' && to === 'exporters/file' && now > 0),
  );
  assert.equal(existsSync(`${gateway.file}.draft`), false, 'the exporter of the draft has not started');
  assert.equal((await gateway.read()).revision, 1);
});

test('counts copies for further pipelines and exporters, and items of receivers that a draft removes', async () => {
  await using gateway = await startEdited(config());
  const copied = rowsOf(await dryRun(gateway, config({ exporters: 'file, nop' })));
  const [keptNow = 0, keptDraft = 0] = copied.get('kept') ?? [];
  assert.deepEqual([copied.get('unaccounted'), keptDraft], [[0, 0], 2 * keptNow]);
  const moved = rowsOf(
    await dryRun(gateway, config().replace('logs: {receivers: [otlp]', 'logs: {receivers: [otlp/unused]')),
  );
  const [, missing = 0] = moved.get('not_received') ?? [];
  assert.ok(missing > 0);
  assert.deepEqual(moved.get('unaccounted'), [0, 0]);
});

test('an invalid draft is refused with its line, and one dry run runs at a time', async () => {
  await using gateway = await startEdited(config());
  const invalid = await gateway.post('/config/dry-run', { text: config({ traces: 'nosuch' }), base: 1, seconds: 1 });
  assert.equal(invalid.status, 400);
  assert.match(invalid.body.error?.message ?? '', /error in line 13: .*nosuch/);
  const both = await Promise.all(
    [1, 2].map(() => gateway.post('/config/dry-run', { text: config(), base: 1, seconds: 1 })),
  );
  assert.deepEqual(both.map(({ status }) => status).toSorted(), [200, 503]);
  const [first] = both.filter(({ status }) => status === 200);
  assert.deepEqual([first?.body.items, first?.body.notes], [0, ['No telemetry was received meanwhile.']]);
});
