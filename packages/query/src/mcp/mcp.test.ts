import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { startTestApi, type TestApi } from '@otelier/testkit/memory-api';
import { createMemoryStore } from '@otelier/testkit/memory-store';
import { keyValues, type SpanJson } from '@otelier/testkit/otlp-json';
import { batchOf } from '@otelier/testkit/request-codec';
import { PROMPTS } from './prompts.ts';
import { MAX_RESPONSE_BYTES } from './response-text.ts';
import { TOOLS } from './tools/all.ts';

const TRACE = '7c0ffee0c0ffee0c0ffee0c0ffee0c0f';
const NOW = 1_700_000_600_000;
const at = (millis: number): string => `${BigInt(NOW - 300_000 + millis) * 1_000_000n}`;

let server: TestApi;
let client: Client;
before(async () => {
  const sql = {
    query: async ({ maxRows = 0 }: { readonly maxRows?: number }) => ({
      columns: [{ name: 'n', type: 'VARCHAR' }],
      rows: Array.from({ length: maxRows }, (_, i) => [`row ${i} ${'x'.repeat(300)}\u001b[2J`]),
      truncated: true,
      elapsedMillis: 1,
    }),
  };
  server = await startTestApi({
    memory: createMemoryStore({ sql }),
    clock: { ...(await import('@otelier/transport')).systemClock, now: () => NOW },
  });
  const span = (id: number, parent: number, name: string, rest: Partial<SpanJson>): SpanJson => ({
    traceId: TRACE,
    spanId: id.toString(16).padStart(16, '0'),
    ...(parent > 0 && { parentSpanId: parent.toString(16).padStart(16, '0') }),
    name,
    kind: parent === 0 ? 2 : 3,
    startTimeUnixNano: at(id),
    endTimeUnixNano: at(id + 5),
    ...rest,
  });
  const failed = { code: 2, message: 'no response' };
  const spans = [
    span(1, 0, 'POST /checkout', { endTimeUnixNano: at(900), status: failed }),
    span(2, 1, 'charge', { endTimeUnixNano: at(850), status: failed }),
    ...Array.from({ length: 60 }, (_, i) => span(i + 10, 1, 'SELECT product', {})),
    span(3, 2, 'gateway', {
      endTimeUnixNano: at(840),
      status: failed,
      attributes: keyValues({ 'server.address': 'gateway.test' }),
      events: [
        {
          timeUnixNano: at(840),
          name: 'exception',
          attributes: keyValues({ 'exception.type': 'Timeout', 'exception.stacktrace': 'a\nb' }),
        },
      ],
    }),
  ];
  const resource = { attributes: keyValues({ 'service.name': 'shop', 'service.version': '1.2.3' }) };
  await server.store.append(batchOf('traces', { resourceSpans: [{ resource, scopeSpans: [{ spans }] }] }));
  const logRecords = Array.from({ length: 100 }, (_, i) => ({
    timeUnixNano: at(i),
    severityNumber: 17,
    severityText: 'ERROR',
    body: { stringValue: `charge failed ${i} ${'ü'.repeat(400)}` },
    traceId: TRACE,
  }));
  await server.store.append(batchOf('logs', { resourceLogs: [{ resource, scopeLogs: [{ logRecords }] }] }));
  const dataPoints = Array.from({ length: 10 }, (_, i) => ({ timeUnixNano: at(i * 10_000), asDouble: i }));
  const metrics = [{ name: 'queue.length', unit: '1', gauge: { dataPoints } }];
  await server.store.append(batchOf('metrics', { resourceMetrics: [{ resource, scopeMetrics: [{ metrics }] }] }));
  client = new Client({ name: 'test', version: '1' });
  await client.connect(new StreamableHTTPClientTransport(new URL(`${server.url}/mcp`)));
});
after(async () => {
  await client.close();
  await server.shutdown(0);
});

interface ToolResult {
  readonly isError?: boolean;
  readonly content: readonly { readonly type: string; readonly text?: string }[];
}

async function call(name: string, values: Record<string, unknown> = {}): Promise<string> {
  const { isError, content } = (await client.callTool({ name, arguments: values })) as ToolResult;
  const text = content.map((part) => part.text ?? '').join('\n');
  assert.ok(Buffer.byteLength(text) <= MAX_RESPONSE_BYTES, `${name}: ${Buffer.byteLength(text)} bytes`);
  assert.doesNotMatch(text, /[^\P{Cc}\n]/u);
  return isError === true ? `error: ${text}` : text;
}

test('lists read-only tools and the prompts', async () => {
  const { tools } = await client.listTools();
  assert.deepEqual(
    tools.map(({ name }) => name),
    TOOLS.map(({ name }) => name),
  );
  for (const { annotations, inputSchema, description } of tools) {
    assert.equal(annotations?.readOnlyHint, true);
    assert.equal(inputSchema['additionalProperties'], false);
    assert.ok((description ?? '').length > 20);
  }
  const { prompts } = await client.listPrompts();
  assert.equal(prompts.length, PROMPTS.length);
  for (const { name } of prompts) {
    const { messages } = await client.getPrompt({ name, arguments: { service: 'shop', last: '2h' } });
    assert.match(JSON.stringify(messages), /shop.*last 2h/);
  }
});

test('reads a trace as a tree with its root cause', async () => {
  const text = await call('get_trace', { trace_id: TRACE });
  assert.match(text, /^Trace 7c0f\w+: 63 spans, 3 failed, 899 ms/);
  assert.match(
    text,
    /^shop: POST \/checkout {2}899 ms.*FAILED\n {2}shop: charge {2}848 ms.*FAILED\n {4}shop: gateway/m,
  );
  assert.match(text, /^ {2}60 × shop: SELECT product {2}300 ms in all$/m);
  assert.match(text, /Root cause:\nSpan 0000000000000003 of shop: gateway/);
  assert.match(text, /server\.address = gateway\.test/);
  assert.match(text, /exception\.type = Timeout/);
  assert.match(
    await call('get_trace', { trace_id: TRACE, span_id: '000000000000000a' }),
    /^Span 000000000000000a of shop/,
  );
});

test('responds about services, errors, operations, logs and metrics', async () => {
  assert.match(await call('list_services'), /shop +1\.2\.3 +0\.0167 +1 +100 %/);
  assert.match(await call('list_errors'), /1 × Timeout: .*\n {4}in shop "gateway".*trace 7c0f/);
  assert.match(await call('list_operations', { sort: 'calls' }), /shop +POST \/checkout +100 % +1 +100 % +899 ms/);
  assert.match(
    await call('search_traces', { where: ['status = error'] }),
    /^1 matching traces .*\n7c0f.*POST \/checkout/,
  );
  const logs = await call('search_logs', { trace_id: TRACE, limit: 100 });
  assert.match(logs, /ERROR shop: charge failed 99/);
  assert.match(logs, /… \d+ more lines left out; use more conditions/);
  assert.match(await call('list_metrics'), /queue\.length +gauge +1 +1 +shop/);
  assert.match(await call('query_metric', { name: 'queue.length', aggregate: 'max' }), /max 9, last 9/);
  assert.match(await call('sql', { statement: 'SELECT 1' }), /^n\nrow 0 x+…\n.*more lines left out; aggregate/s);
});

test('says what there is instead of an empty result', async () => {
  const text = await call('search_traces', { start: '2020-01-01T00:00:00Z', end: '2020-01-02T00:00:00Z' });
  assert.match(text, /^No matching traces from 2020-01-01T00:00:00\.000Z to 2020-01-02T00:00:00\.000Z\./);
});

test('wrong input gets a clear error', async () => {
  const cases: readonly (readonly [tool: string, values: Record<string, unknown>, error: RegExp])[] = [
    ['search_traces', { where: ['duration >'] }, /^error: where: expected a value after "duration >"/],
    ['search_traces', { last: 'yesterday' }, /^error: last: expected a duration such as 15m or 6h, got "yesterday"/],
    ['search_logs', { start: '12' }, /^error: start: expected an ISO 8601 time/],
    ['list_services', { start: '2030-01-01T00:00:00Z' }, /^error: start: expected a time before/],
    ['get_trace', { trace_id: 'x' }, /expected 32 hexadecimal digits/],
    ['get_trace', { trace_id: '0'.repeat(31).concat('1') }, /^error: traceId: no span of trace 0+1 is stored/],
    ['get_trace', { trace_id: TRACE, span_id: 'f'.repeat(16) }, /^error: /],
    ['list_services', { window: '1h' }, /window/],
    ['query_metric', { name: 'queue.length', aggregate: 'median' }, /aggregate/],
    ['why', { trace_id: TRACE }, /^error: this process has no pipeline to inspect/],
  ];
  for (const [tool, values, error] of cases) assert.match(await call(tool, values), error, tool);
  await assert.rejects(client.callTool({ name: 'drop_everything' }), /drop_everything/);
  assert.deepEqual(server.errors, []);
});

test('agents need the credentials of the workbench', async () => {
  await using guarded = await startTestApi({ token: 'a-token-of-the-team-1' });
  const connect = async (headers: Record<string, string>): Promise<Client> => {
    const agent = new Client({ name: 'test', version: '1' });
    const transport = new StreamableHTTPClientTransport(new URL(`${guarded.url}/mcp`), { requestInit: { headers } });
    await agent.connect(transport);
    return agent;
  };
  await assert.rejects(connect({}));
  const agent = await connect({ authorization: 'Bearer a-token-of-the-team-1' });
  const { content } = (await agent.callTool({ name: 'list_services', arguments: {} })) as ToolResult;
  assert.match(content[0]?.text ?? '', /^No services/);
  await agent.close();
});
