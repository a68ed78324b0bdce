import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { createRandom } from '@otelier/testkit/otlp/random';
import { encodeLogs, encodeSpans } from '../../receivers/generator/encode.ts';
import { ShopMetrics } from '../../receivers/generator/metrics.ts';
import { type Operation, SHOP, type Shop } from '../../receivers/generator/shop.ts';
import { type SimulatedSpan, simulateTrace } from '../../receivers/generator/simulate.ts';
import { startGateway } from '../../service/reload/gateway.testing.ts';

const MINUTE = 60_000;
/** The hour before is the baseline, the last hour has the injected failures. */
const HOUR = 60 * MINUTE;
const TRACES_PER_MINUTE = 8;
/** Telemetry is sent for this many minutes at once. */
const STEP_MINUTES = 5;
const MAX_RESPONSE_BYTES = 4000;
const DROPPED_TRACE = 'd0d0'.repeat(8);

/** The shop without incidents. */
const HEALTHY = withOperations(SHOP, {
  'payment gateway.charge': (operation) => ({
    ...operation,
    failures: operation.failures.filter(({ onlyInIncident }) => onlyInIncident !== true),
  }),
});

/** The shop with five injected failures: errors of a payment gateway, a slow model, deadlocks, a release, a slow database call. */
const FAULTY: Shop = {
  ...withOperations(HEALTHY, {
    'payment gateway.charge': (operation) => ({
      ...operation,
      failures: [
        {
          rate: 0.5,
          type: 'CardGatewayTimeout',
          message: 'no response from gateway.acmepay.test within 800 ms',
          status: 504,
          addsMillis: 1600,
        },
      ],
    }),
    'recommendation model.rank': (operation) => ({ ...operation, medianMillis: 400 }),
    'catalog stock.reserve': (operation) => ({
      ...operation,
      failures: operation.failures.map((failure) => ({ ...failure, rate: 0.2 })),
    }),
    'cart GET /cart/:user': (operation) => ({
      ...operation,
      failures: operation.failures.map((failure) => ({ ...failure, rate: 0.15 })),
    }),
    'postgresql SELECT products full text': (operation) => ({ ...operation, medianMillis: 900 }),
  }),
  services: { ...SHOP.services, cart: { version: '2.0.0', language: 'dotnet', scope: 'Microsoft.AspNetCore' } },
};

let client: Client;
const directories: string[] = [];
const ends: (() => Promise<void>)[] = [];
before(async () => {
  const data = await mkdtemp(join(tmpdir(), 'otelier-mcp-'));
  directories.push(data);
  const gateway = await startGateway(
    { after: (end) => ends.push(end) },
    `
receivers: {otlp: {protocols: {http: {endpoint: 127.0.0.1:0}}}}
processors: {filter/health: {traces: {span: ['name == "GET /health"']}}}
exporters: {store: {directory: ${JSON.stringify(data)}}}
extensions: {workbench: {endpoint: 127.0.0.1:0}}
service:
  extensions: [workbench]
  pipelines:
    traces: {receivers: [otlp], processors: [filter/health], exporters: [store]}
    logs: {receivers: [otlp], exporters: [store]}
    metrics: {receivers: [otlp], exporters: [store]}`,
  );
  await sendShop(gateway.address('http'));
  client = new Client({ name: 'test', version: '1' });
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: [
        fileURLToPath(new URL('../../../bin/otelier.js', import.meta.url)),
        'mcp',
        '--url',
        `http://${gateway.address('http', 'workbench')}`,
      ],
    }),
  );
});
after(async () => {
  await client.close();
  for (const end of ends.toReversed()) await end();
  for (const directory of directories) await rm(directory, { recursive: true, force: true });
});

async function sendShop(address: string): Promise<void> {
  const send = async (signal: string, body: object): Promise<void> => {
    const posted = await fetch(`http://${address}/v1/${signal}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    assert.equal(posted.status, 200, await posted.text());
  };
  const seeded = createRandom(20);
  const random = (): number => seeded(2 ** 30) / 2 ** 30;
  const start = Date.now() - 2 * HOUR;
  const metrics = new ShopMetrics(SHOP, start, random);
  for (let minute = 0; minute < 120; minute += STEP_MINUTES) {
    // Without telemetry for ten minutes, the range that a question asks for may move while the test runs.
    if (minute === 55 || minute === 60) continue;
    const shop = minute < 60 ? HEALTHY : FAULTY;
    const spans: SimulatedSpan[] = [];
    for (let i = 0; i < TRACES_PER_MINUTE * STEP_MINUTES; i++)
      spans.push(...simulateTrace(shop, start + (minute + random() * (STEP_MINUTES - 0.2)) * MINUTE, random));
    metrics.record(spans);
    await send('traces', encodeSpans(shop, spans));
    const logs = encodeLogs(shop, spans, random);
    if (logs !== undefined) await send('logs', logs);
    await send('metrics', metrics.read(start + (minute + STEP_MINUTES) * MINUTE));
  }
  const now = `${BigInt(Date.now()) * 1_000_000n}`;
  const health = { traceId: DROPPED_TRACE, spanId: 'd0'.repeat(8), name: 'GET /health' };
  await send('traces', {
    resourceSpans: [{ scopeSpans: [{ spans: [{ ...health, startTimeUnixNano: now, endTimeUnixNano: now }] }] }],
  });
}

async function call(name: string, values: Record<string, unknown> = {}): Promise<string> {
  const { content, isError } = (await client.callTool({ name, arguments: values })) as {
    readonly content: readonly { readonly text?: string }[];
    readonly isError?: boolean;
  };
  const text = content.map((part) => part.text ?? '').join('\n');
  assert.ok(isError !== true, text);
  assert.ok(Buffer.byteLength(text) <= MAX_RESPONSE_BYTES, `${name}: ${Buffer.byteLength(text)} bytes`);
  return text;
}

/** Returns the first trace ID in an response. */
function traceIn(text: string): string {
  const [id] = /\b[0-9a-f]{32}\b/.exec(text) ?? [];
  assert.ok(id !== undefined, text);
  return id;
}

const timeouts = { where: ['status = error', 'name = gateway.charge'] };

/** Questions with the calls that an agent makes, and what the last response contains. */
const QUESTIONS: readonly (readonly [question: string, ask: () => Promise<string>, response: RegExp])[] = [
  [
    'Which services are there?',
    () => call('list_services'),
    /^frontend (?=.*^checkout )(?=.*^payment )(?=.*^catalog )(?=.*^cart )(?=.*^recommendation )(?=.*^shipping )/ms,
  ],
  ['Which release of cart runs?', () => call('list_services', { last: '30m' }), /^cart +2\.0\.0 /m],
  [
    'Which error is the most frequent?',
    () => call('list_errors'),
    /first .*:\n\d+ × (?:CardGatewayTimeout|ECONNRESET)/,
  ],
  [
    'Which error does payment have?',
    () => call('list_errors', { service: 'payment' }),
    /× CardGatewayTimeout: no response from gateway\.acmepay\.test.*\n {4}in payment "gateway\.charge"/,
  ],
  ['What takes the most time?', () => call('list_operations', { sort: 'time', limit: 3 }), /GET \/recommendations/],
  [
    'Which route has the worst p95?',
    () => call('list_operations', { sort: 'p95', limit: 3 }),
    /\nfrontend +POST \/api\/checkout /,
  ],
  ['What changed in the last hour?', () => call('compare_periods'), /release: cart 1\.19\.2 → 2\.0\.0/],
  [
    'Which errors are new?',
    () => call('compare_periods', { service: 'payment' }),
    /new error: 0 → \d+ × CardGatewayTimeout: .* in payment "gateway\.charge"/,
  ],
  [
    'What became slower?',
    () => call('compare_periods', { service: 'recommendation' }),
    /latency: recommendation: GET \/recommendations, p95 .* → [\d.]+ (?:s|ms)/,
  ],
  ['Did shipping change?', () => call('compare_periods', { service: 'shipping' }), /No operation changed noticeably/],
  ['Which traces fail in the gateway?', () => call('search_traces', timeouts), /gateway\.acmepay\.test within 800 ms/],
  [
    'Why did such a checkout fail?',
    async () => call('get_trace', { trace_id: traceIn(await call('search_traces', timeouts)) }),
    /Root cause:\nSpan \w+ of payment: gateway\.charge.*CardGatewayTimeout/s,
  ],
  [
    'What did the services log meanwhile?',
    async () => call('search_logs', { trace_id: traceIn(await call('search_traces', timeouts)) }),
    /ERROR payment: .*no response from gateway\.acmepay\.test/,
  ],
  [
    'Why does the home page fail for carts?',
    async () => call('get_trace', { trace_id: traceIn(await call('list_errors', { service: 'cart' })) }),
    /Root cause:\nSpan \w+ of cart: GET \/cart\/:user.*ECONNRESET/s,
  ],
  [
    'Where does a search spend its time?',
    async () => {
      const found = await call('search_traces', { where: ['name = GET /products/search'], order: 'longest', limit: 1 });
      return call('get_trace', { trace_id: traceIn(found) });
    },
    /SELECT \w+ {2}[\d.]+ s/,
  ],
  [
    'Which call repeats?',
    () => call('sql', { statement: 'SELECT * FROM n_plus_one(min_calls := 5) LIMIT 5' }),
    /catalog +SELECT products +1[0-2] /,
  ],
  [
    'Which release of cart has more errors?',
    () => call('sql', { statement: "SELECT * FROM error_rate_by_release() WHERE service_name = 'cart'" }),
    /2\.0\.0/,
  ],
  [
    'How did the duration of requests to recommendation develop?',
    () =>
      call('query_metric', {
        name: 'http.server.request.duration',
        aggregate: 'p95',
        where: ['service = recommendation'],
        last: '2h',
      }),
    /in s from .*\n\{\} min 0\.0\d+, .*, last (?:0\.[5-9]|[1-9])/,
  ],
  [
    'Which metrics count database calls?',
    () => call('list_metrics', { match: 'db.' }),
    /db\.client\.operation\.duration/,
  ],
  [
    'Why is this trace missing?',
    () => call('why', { trace_id: DROPPED_TRACE }),
    /filter\/health .*name == "GET \/health"/,
  ],
];

test('an agent finds the injected failures of the shop', async (t) => {
  assert.equal(QUESTIONS.length, 20);
  for (const [question, ask, response] of QUESTIONS)
    await t.test(question, async () => assert.match(await ask(), response));
});

/** Returns a shop with some operations replaced. */
function withOperations(shop: Shop, changes: Readonly<Record<string, (operation: Operation) => Operation>>): Shop {
  const operations = { ...shop.operations };
  for (const [key, change] of Object.entries(changes)) {
    const operation = operations[key];
    assert.ok(operation !== undefined, key);
    operations[key] = change(operation);
  }
  return { ...shop, operations };
}
