import assert from 'node:assert/strict';
import http2, { type IncomingHttpHeaders } from 'node:http2';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { requestToJson, type WireWriter } from '@otelier/otlp';
import { batchOf, createRandom, keyValues, startTestApi, type TestApi } from '@otelier/testkit';
import { encodeMessage, MessageFields } from './message.ts';

const SECOND = 1_000_000_000n;
const START = 1_700_000_000n;
const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';

let server: TestApi;
let session: http2.ClientHttp2Session;
before(async () => {
  server = await startTestApi();
  const span = (name: string, id: string, at: bigint, parentSpanId = '') => ({
    ...{ traceId: TRACE_ID, spanId: id.repeat(8), parentSpanId, name, kind: 2, status: { code: 2 } },
    startTimeUnixNano: `${at}`,
    endTimeUnixNano: `${at + 5_000_000n}`,
    attributes: keyValues({ 'http.route': '/cart', size: 7 }),
  });
  const resourceSpans = [
    ['shop', span('GET /cart', '0a', START * SECOND)] as const,
    ['pay', span('charge', '0b', START * SECOND + 5n, '0a'.repeat(8))] as const,
  ].map(([service, one]) => ({
    resource: { attributes: keyValues({ 'service.name': service }) },
    scopeSpans: [{ spans: [one] }],
  }));
  await server.store.append(batchOf('traces', { resourceSpans }));
  session = http2.connect(server.url);
});
after(async () => {
  session.destroy();
  await server.shutdown(0);
});

interface Result {
  readonly status: string;
  readonly message: string;
  readonly messages: readonly Buffer[];
}

/** Calls a method as gRPC clients do. */
async function call(path: string, message: Uint8Array, headers: IncomingHttpHeaders = {}): Promise<Result> {
  const prefix = Buffer.alloc(5);
  const isCompressed = headers['grpc-encoding'] === 'gzip';
  const body = isCompressed ? gzipSync(message) : message;
  prefix[0] = isCompressed ? 1 : 0;
  prefix.writeUInt32BE(body.length, 1);
  return callWith(path, Buffer.concat([prefix, body]), headers);
}

function callWith(path: string, body: Uint8Array, headers: IncomingHttpHeaders): Promise<Result> {
  const stream = session.request({
    ...{ ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers' },
    ...headers,
  });
  const { promise, resolve, reject } = Promise.withResolvers<Result>();
  const parts: Buffer[] = [];
  let last: IncomingHttpHeaders = {};
  stream.on('response', (found) => {
    last = { ...last, ...found };
  });
  stream.on('trailers', (found) => {
    last = { ...last, ...found };
  });
  stream.on('data', (part: Buffer) => parts.push(part));
  stream.on('error', reject);
  stream.on('close', () => {
    const message = decodeURIComponent(String(last['grpc-message'] ?? ''));
    resolve({ status: String(last['grpc-status']), message, messages: framesOf(Buffer.concat(parts)) });
  });
  stream.end(body);
  return promise;
}

function framesOf(bytes: Buffer): Buffer[] {
  const frames: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + 5 + bytes.readUInt32BE(at + 1);
    frames.push(bytes.subarray(at + 5, end));
    at = end;
  }
  return frames;
}

const JAEGER = '/jaeger.api_v3.QueryService';
const TEMPO = '/tempopb.StreamingQuerier';
const EMPTY = new Uint8Array();
const write = (fill: (writer: WireWriter) => void): Uint8Array => encodeMessage(fill);

async function callOk(path: string, message: Uint8Array, headers?: IncomingHttpHeaders): Promise<readonly Buffer[]> {
  const { status, message: text, messages } = await call(path, message, headers);
  assert.equal(status, '0', text);
  return messages;
}

test('Jaeger: services, operations and dependencies', async () => {
  const [services] = await callOk(`${JAEGER}/GetServices`, EMPTY, { 'grpc-encoding': 'gzip' });
  assert.equal(services?.toString(), '\n\x03pay\n\x04shop');
  const [operations] = await callOk(
    `${JAEGER}/GetOperations`,
    write((w) => void w.stringField(1, 'shop')),
  );
  const operation = new MessageFields(operations ?? EMPTY).message(1);
  assert.deepEqual([operation?.text(1), operation?.text(2)], ['GET /cart', 'server']);
  const range = write((w) => {
    w.message(1, (time) => time.bigIntField(1, START)).message(2, (time) => time.bigIntField(1, START + 1n));
  });
  const [dependencies] = await callOk(`${JAEGER}/GetDependencies`, range);
  const dependency = new MessageFields(dependencies ?? EMPTY).message(1);
  assert.deepEqual([dependency?.text(1), dependency?.text(2), dependency?.number(3)], ['shop', 'pay', 1n]);
});

test('Jaeger: a trace, and the traces and summaries that a search finds', async () => {
  const messages = await callOk(
    `${JAEGER}/GetTrace`,
    write((w) => void w.stringField(1, TRACE_ID)),
  );
  const { resourceSpans } = JSON.parse(requestToJson('traces', messages[0] ?? EMPTY));
  assert.equal(resourceSpans.length, 2);
  assert.equal(resourceSpans[0].scopeSpans[0].spans[0].traceId, TRACE_ID);
  const query = (service: string): Uint8Array =>
    write((w) => {
      w.message(1, (one) => {
        one.stringField(1, service);
        one.message(3, (entry) => entry.stringField(1, 'size').stringField(2, '7'));
        one.message(4, (time) => time.bigIntField(1, START - 1n)).message(5, (time) => time.bigIntField(1, START + 1n));
        one.message(6, (duration) => duration.varintField(2, 1_000_000));
      });
    });
  assert.equal((await callOk(`${JAEGER}/FindTraces`, query('shop'))).length, 1);
  assert.equal((await callOk(`${JAEGER}/FindTraces`, query('none'))).length, 0);
  const [summaries] = await callOk(`${JAEGER}/FindTraceSummaries`, query('shop'));
  const summary = new MessageFields(summaries ?? EMPTY).message(1);
  assert.deepEqual([summary?.text(1), summary?.text(2), summary?.number(6)], [TRACE_ID, 'shop', 2n]);
});

test('Jaeger: a structured filter', async () => {
  const filtered = (op: string, value: string, depth = 1): Uint8Array =>
    write((w) => {
      const fill = (filter: WireWriter, inner: number): void => {
        if (inner > 0) {
          filter.stringField(1, 'not');
          filter.message(2, (argument) => argument.message(6, (next) => fill(next, inner - 1)));
          return;
        }
        filter.stringField(1, op);
        filter.message(2, (argument) => argument.message(1, (attr) => attr.stringField(1, 'size')));
        filter.message(2, (argument) => {
          if (op === 'in') argument.message(5, (list) => list.stringField(1, 'x').stringField(1, value));
          else argument.message(4, (scalar) => scalar.stringField(1, value));
        });
      };
      w.message(1, (query) => {
        query
          .message(4, (time) => time.bigIntField(1, START - 1n))
          .message(5, (time) => time.bigIntField(1, START + 1n));
        query.message(10, (filter) => fill(filter, depth - 1));
      });
    });
  const find = (message: Uint8Array) => callOk(`${JAEGER}/FindTraceSummaries`, message);
  for (const [op, value, count] of [
    ['eq', '7', 1],
    ['eq', '8', 0],
    ['ne', '8', 1],
    ['in', '7', 1],
  ] as const) {
    assert.equal((await find(filtered(op, value))).length, count, `${op} ${value}`);
  }
  assert.equal((await find(filtered('eq', '7', 2))).length, 0);
  assert.equal((await call(`${JAEGER}/FindTraces`, filtered('some', '7'))).status, '12');
  assert.equal((await call(`${JAEGER}/FindTraces`, filtered('eq', '7', 200))).status, '3');
});

test('Tempo: searches, tags and values', async () => {
  const request = write((w) => void w.stringField(8, '{ span.size = 7 }').varintField(4, 5).varintField(9, 2));
  const [found] = await callOk(`${TEMPO}/Search`, request);
  const response = new MessageFields(found ?? EMPTY);
  const trace = response.message(1);
  assert.deepEqual(
    [trace?.text(1), trace?.text(2), trace?.text(3)],
    [TRACE_ID.replace(/^0+/, ''), 'shop', 'GET /cart'],
  );
  assert.equal(trace?.number(4), START * SECOND);
  assert.equal(trace?.message(7)?.number(2), 2n);
  const attribute = trace?.message(7)?.message(1)?.message(5);
  assert.deepEqual([attribute?.text(1), attribute?.message(2)?.number(3)], ['size', 7n]);
  assert.equal(response.message(2)?.number(5), 1n);
  const [tags] = await callOk(
    `${TEMPO}/SearchTags`,
    write((w) => void w.stringField(1, 'span')),
  );
  assert.equal(tags?.toString('latin1').includes('http.route'), true);
  const [scopes] = await callOk(
    `${TEMPO}/SearchTagsV2`,
    write((w) => void w.stringField(1, 'resource')),
  );
  assert.equal(new MessageFields(scopes ?? EMPTY).message(1)?.text(2), 'service.name');
  const [values] = await callOk(
    `${TEMPO}/SearchTagValues`,
    write((w) => void w.stringField(1, 'service.name')),
  );
  assert.equal(values?.toString('latin1').includes('shop'), true);
  const [typed] = await callOk(
    `${TEMPO}/SearchTagValuesV2`,
    write((w) => void w.stringField(1, 'span.size')),
  );
  const value = new MessageFields(typed ?? EMPTY).message(1);
  assert.deepEqual([value?.text(1), value?.text(2)], ['int', '7']);
});

test('Tempo: metrics over a range and at one time', async () => {
  const [start, end] = [START * SECOND - 1n, (START + 10n) * SECOND];
  const range = write((w) => {
    w.stringField(1, '{} | count_over_time() by (resource.service.name)').bigIntField(2, start).bigIntField(3, end);
    w.bigIntField(4, 10n * SECOND);
  });
  const [series] = await callOk(`${TEMPO}/MetricsQueryRange`, range);
  const first = new MessageFields(series ?? EMPTY).message(1);
  assert.equal(first?.message(1)?.text(1), 'resource.service.name');
  assert.equal(first?.message(2)?.has(2), true);
  const instant = write((w) => void w.stringField(1, '{} | rate()').bigIntField(2, start).bigIntField(3, end));
  const [values] = await callOk(`${TEMPO}/MetricsQueryInstant`, instant);
  assert.equal(new MessageFields(values ?? EMPTY).message(2)?.number(4), 1n);
});

test('errors are statuses with the message of the API', async () => {
  const query = write((w) => void w.stringField(8, '{ span. = }'));
  const syntax = await call(`${TEMPO}/Search`, query);
  assert.equal(syntax.status, '3');
  assert.match(syntax.message, /invalid TraceQL query: .*line 1/);
  const missing = await call(
    `${JAEGER}/GetTrace`,
    write((w) => void w.stringField(1, 'abc')),
  );
  assert.deepEqual([missing.status, missing.message], ['5', 'No traces found']);
  assert.equal((await call(`${JAEGER}/GetOperations`, EMPTY)).status, '3');
  assert.equal((await call(`${JAEGER}/FindTraces`, EMPTY)).status, '3');
  assert.equal((await call(`${JAEGER}/Other`, EMPTY)).status, '12');
  assert.equal((await call('/other.Service/Get', EMPTY)).status, '12');
  const foreign = await call(`${JAEGER}/GetServices`, EMPTY, { origin: 'http://other.example' });
  assert.equal(foreign.status, '7');
});

test('a token is required as for other requests', async () => {
  await using own = await startTestApi({ token: 'secret' });
  const before = session;
  session = http2.connect(own.url);
  try {
    assert.equal((await call(`${JAEGER}/GetServices`, EMPTY)).status, '16');
    const headers = { authorization: 'Bearer secret' };
    assert.equal((await call(`${JAEGER}/GetServices`, EMPTY, headers)).status, '0');
  } finally {
    session.destroy();
    session = before;
  }
});

test('hostile messages get a status, and other calls continue', async () => {
  const random = createRandom(3);
  const methods = ['FindTraces', 'GetTrace', 'GetOperations', 'GetDependencies'].map((name) => `${JAEGER}/${name}`);
  const paths = [...methods, ...['Search', 'SearchTagValuesV2', 'MetricsQueryRange'].map((name) => `${TEMPO}/${name}`)];
  for (let i = 0; i < 60; i++) {
    const bytes = Buffer.from(Array.from({ length: random(60) }, () => random(256)));
    const path = paths[random(paths.length)] ?? '';
    const { status } = random(4) === 0 ? await callWith(path, bytes, {}) : await call(path, bytes);
    assert.ok(Number(status) >= 0 && status !== '13' && status !== '2', `${path} ${bytes.toString('hex')}: ${status}`);
  }
  const repeated = await call(`${JAEGER}/GetServices`, Buffer.alloc(250_000, Buffer.from([0x0a, 0])));
  assert.equal(repeated.status, '0');
  const large = await call(`${TEMPO}/Search`, new Uint8Array(400_000));
  assert.equal(large.status, '8');
  assert.equal((await call(`${JAEGER}/GetServices`, EMPTY)).status, '0');
  assert.deepEqual(server.errors, []);
});
