import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { localContext } from '@otelier/otlp';
import { createManualClock, startTestApi, type TestApi } from '@otelier/testkit';
import { compress, decompress } from '@otelier/transport';
import { decodeSeries } from '../../../packages/query/src/prometheus/write/decode.ts';
import { decodeReadResponse, encodeV1 } from '../../../packages/query/src/prometheus/write/remote-write.testing.ts';
import { convertWrite } from '../../../packages/query/src/prometheus/write/to-otlp.ts';
import { createRandom } from './random.ts';
import { FLOAT_HISTOGRAMS, REQUESTS, readRequest, SERIES, START } from './requests.ts';

interface Recorded {
  readonly responses: Readonly<Record<string, { readonly status: number; readonly body: unknown }>>;
  readonly samples: string;
  readonly chunks: string;
  readonly histograms: string;
}
const recorded = JSON.parse(readFileSync(join(import.meta.dirname, 'recorded', 'responses.json'), 'utf8')) as Recorded;

let server: TestApi;
before(async () => {
  server = await startTestApi({ clock: createManualClock(START + 300_000) });
  const written = decodeSeries(encodeV1([...SERIES, FLOAT_HISTOGRAMS]), 1);
  const { bytes, itemCount } = convertWrite(written);
  const batch = { signal: 'metrics', parts: [bytes], itemCount, sizeBytes: bytes.length } as const;
  await server.store.append({ ...batch, context: localContext(Date.now()) });
});
after(() => server.shutdown(0));

/** Requests whose responses differ, with the reason. */
const DIFFERENT: Readonly<Record<string, string>> = {
  'query?query=absent(nothing)&time=1699992300&stats=all': 'there are no statistics of queries',
  'series?match[]=sum(': 'the error is that of an expression, because selectors have no parser of their own',
  'metadata?limit=x': 'the error names the parameter',
  'query?query=': 'the error has a position',
  'query_exemplars?query=': 'the error has a position, and names the parameter',
  nothing: 'an unknown path is an error of the API, not a page',
};
/** Members that only Prometheus has. */
const ONLY_THEIRS: Readonly<Record<string, RegExp>> = {
  'status/flags': /./,
  features: /./,
};

for (const path of REQUESTS.filter((one) => DIFFERENT[one] === undefined)) {
  test(`${path} has the response of Prometheus`, async () => {
    const expected = recorded.responses[path];
    const response = await fetch(`${server.url}/prometheus/api/v1/${path}`);
    const body: unknown = await response.json();
    assert.equal(response.status, expected?.status, JSON.stringify(body));
    if (/^(status|features|metadata$)/.test(path) && response.status === 200) {
      assertShape(body, expected?.body, ONLY_THEIRS[path] ?? /^$/, path);
    } else assert.deepEqual(body, expected?.body);
  });
}

/** Asserts that a value has the members of another, with values of the same kind. */
function assertShape(actual: unknown, expected: unknown, exceptions: RegExp, at: string): void {
  assert.equal(typeof actual, typeof expected, at);
  if (typeof expected !== 'object' || expected === null || typeof actual !== 'object' || actual === null) return;
  assert.equal(Array.isArray(actual), Array.isArray(expected), at);
  const ours = new Map(Object.entries(actual));
  for (const [key, value] of Object.entries(expected)) {
    if (at.includes('.data') && exceptions.test(key)) continue;
    if (Array.isArray(expected) && Number(key) > 0) continue;
    assert.ok(ours.has(key), `${at}.${key} is missing`);
    assertShape(ours.get(key), value, exceptions, `${at}.${key}`);
  }
}

async function read(matchers: readonly object[], types: readonly number[]): Promise<Response> {
  const body = await compress('snappy', [readRequest(matchers, types)]);
  const headers = { 'content-type': 'application/x-protobuf', 'content-encoding': 'snappy' };
  const url = `${server.url}/prometheus/api/v1/read`;
  return fetch(url, { method: 'POST', headers, body: new Uint8Array(body) });
}

test('remote read returns samples and histograms as Prometheus does', async () => {
  const response = await read([{ type: 3, name: '__name__', value: 'size' }], [0]);
  assert.equal(response.headers.get('content-encoding'), 'snappy');
  assert.equal(response.headers.get('content-type'), 'application/x-protobuf');
  const result = await decompress('snappy', new Uint8Array(await response.arrayBuffer()), { maxBytes: 1 << 20 });
  if (result.kind !== 'ok') throw new Error(result.kind);
  assert.deepEqual(
    decodeReadResponse(result.body),
    decodeReadResponse(new Uint8Array(Buffer.from(recorded.samples, 'base64'))),
  );
});

for (const [name, matcher] of [
  ['chunks', { type: 2, name: '__name__', value: 'http.*|temp.*' }],
  ['histograms', { type: 0, name: '__name__', value: 'size' }],
] as const) {
  test(`remote read streams ${name} with the bytes of Prometheus`, async () => {
    const response = await read([matcher], [1, 0]);
    assert.equal(
      response.headers.get('content-type'),
      'application/x-streamed-protobuf; proto=prometheus.ChunkedReadResponse',
    );
    assert.equal(Buffer.from(await response.arrayBuffer()).toString('base64'), recorded[name]);
  });
}

test('a remote read request that is invalid is rejected with its reason', async () => {
  const regexp = await read([{ type: 2, name: 'a', value: '(' }], [1]);
  assert.equal(regexp.status, 400);
  assert.match(await regexp.text(), /regular expression "\("/);
  const type = await read([{ type: 9, name: 'a', value: 'b' }], [1]);
  assert.equal(type.status, 400);
  assert.match(await type.text(), /invalid matcher type 9/);
  const url = `${server.url}/prometheus/api/v1/read`;
  const plain = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/x-protobuf' },
    body: 'text',
  });
  assert.equal(plain.status, 400);
  assert.match(await plain.text(), /expected snappy/);
  const unknown = await read([{ type: 0, name: 'a', value: 'b' }], [7]);
  assert.equal(unknown.status, 400);
});

test('changed remote read requests are rejected or executed, and cause no internal error', async () => {
  const random = createRandom(1);
  const url = `${server.url}/prometheus/api/v1/read`;
  const headers = { 'content-type': 'application/x-protobuf', 'content-encoding': 'snappy' };
  for (let run = 0; run < 200; run++) {
    const request = readRequest([{ type: run % 5, name: '__name__', value: 'size|temp.*' }], [run % 3]);
    for (let change = run % 4; change > 0; change--) {
      request[Math.floor(random() * request.length)] = Math.floor(random() * 256);
    }
    const cut = run % 7 === 0 ? request.subarray(0, Math.floor(random() * request.length)) : request;
    const body = new Uint8Array(await compress('snappy', [cut]));
    const response = await fetch(url, { method: 'POST', headers, body });
    await response.arrayBuffer();
    assert.ok([200, 400, 422].includes(response.status), `${response.status}: ${Buffer.from(cut).toString('hex')}`);
  }
  assert.deepEqual(server.errors, []);
});
