import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACCEPTED, countItems, requestFromJson, requestToJson, type Signal } from '@otelier/otlp';
import { createClient, TracerProvider } from '@otelier/sdk';
import { arbitraryRequest } from '@otelier/testkit/otlp/arbitrary-request';
import { encodeRequest } from '@otelier/testkit/request-codec';
import { seeded } from '@otelier/testkit/seeded';
import fc from 'fast-check';
import {
  createRequestSealer,
  generateKeyPair,
  isSealed,
  Opener,
  openRequest,
  publicKeyOf,
  type SealChoice,
  SealError,
  Sealer,
  sealRequest,
} from './index.ts';

const reader = await generateKeyPair();
const other = await generateKeyPair();
const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });

function bytesOf(signal: Signal, json: object): Uint8Array {
  const request = requestFromJson(signal, JSON.stringify(json));
  assert.ok(request.ok);
  return request.bytes;
}

async function sealed(choice: SealChoice, signal: Signal, request: Uint8Array, ...keys: string[]): Promise<Uint8Array> {
  return sealRequest(await Sealer.create(keys.length === 0 ? [reader.publicKey] : keys), choice, signal, request);
}

const span = {
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  name: 'GET /me',
  kind: 2,
  startTimeUnixNano: '1700000000000000000',
  endTimeUnixNano: '1700000000000000001',
  attributes: [
    text('user.email', 'a@example.com'),
    text('http.route', '/me'),
    { key: 'user.age', value: { intValue: '42' } },
  ],
  events: [{ name: 'e', attributes: [text('user.email', 'a@example.com')] }],
  status: { code: 2, message: 'a@example.com is unknown' },
};
const trace = {
  resourceSpans: [{ resource: { attributes: [text('user.email', 'x')] }, scopeSpans: [{ spans: [span] }] }],
};

test('seals the chosen attributes only, and opens them again', async () => {
  const request = bytesOf('traces', trace);
  const result = await sealed({ attributes: ['user.*'] }, 'traces', request);
  const { resourceSpans } = JSON.parse(requestToJson('traces', result));
  const [one] = resourceSpans[0].scopeSpans[0].spans;
  assert.deepEqual(
    one.attributes.map(({ value }: { value: { stringValue: string } }) => isSealed(value.stringValue)),
    [true, false, true],
  );
  assert.ok(isSealed(one.events[0].attributes[0].value.stringValue));
  assert.ok(isSealed(resourceSpans[0].resource.attributes[0].value.stringValue));
  assert.equal(Buffer.from(result).includes('a@example.com is unknown'), true);
  const opened = await openRequest(await Opener.create([reader.privateKey]), 'traces', result);
  assert.equal(opened.opened, 4);
  assert.deepEqual(Buffer.from(opened.request), Buffer.from(request));
});

test('seals whole spans: what gateways route, sample and count by remains', async () => {
  const request = bytesOf('traces', trace);
  const result = await sealed({ items: true }, 'traces', request);
  const { resourceSpans } = JSON.parse(requestToJson('traces', result));
  const { attributes, ...rest } = resourceSpans[0].scopeSpans[0].spans[0];
  const { traceId, spanId, kind, startTimeUnixNano, endTimeUnixNano } = span;
  assert.deepEqual(rest, {
    traceId,
    spanId,
    kind,
    startTimeUnixNano,
    endTimeUnixNano,
    name: 'sealed',
    status: { code: 2 },
  });
  assert.deepEqual(
    attributes.map(({ key }: { key: string }) => key),
    ['otelier.sealed'],
  );
  assert.ok(!Buffer.from(result).includes('/me'));
  const { request: opened } = await openRequest(await Opener.create([reader.privateKey]), 'traces', result);
  assert.deepEqual(Buffer.from(opened), Buffer.from(request));
});

test('seals bodies of log records, and values once', async () => {
  const request = bytesOf('logs', {
    resourceLogs: [{ scopeLogs: [{ logRecords: [{ severityNumber: 9, body: { stringValue: 'secret' } }] }] }],
  });
  const result = await sealed({ bodies: true }, 'logs', request);
  assert.ok(!Buffer.from(result).includes('secret'));
  assert.equal(await sealed({ bodies: true }, 'logs', result), result);
});

test('any recipient opens a value, so that keys can be rotated; others cannot', async () => {
  const request = bytesOf('traces', trace);
  const result = await sealed({ attributes: ['user.email'] }, 'traces', request, reader.publicKey, other.publicKey);
  for (const keys of [
    [reader.privateKey],
    [other.privateKey],
    [(await generateKeyPair()).privateKey, other.privateKey],
  ]) {
    assert.deepEqual(
      Buffer.from((await openRequest(await Opener.create(keys), 'traces', result)).request),
      Buffer.from(request),
    );
  }
  const unrelated = await openRequest(await Opener.create([(await generateKeyPair()).privateKey]), 'traces', result);
  assert.equal(unrelated.request, result);
  assert.deepEqual(new Set(unrelated.failures.map(({ kind }) => kind)), new Set(['wrong_key']));
});

/** The value of the documentation: docs/guide/sealed-values.md. */
const KEY = 'otelier-private-1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8';
const VECTOR = 'sealed:1:Ae7diD0yVfsKNkhl6xih1U8IoRvWVFvu0lxvgD94UuXmdTshfQAAAABe_QVXyhGlW3CNixEP-bcsIVrnp5VYSw';

test('opens the value of the documentation', async () => {
  assert.equal(await publicKeyOf(KEY), 'otelier-public-1:j0DFrbaPJWJK5bIU6nZ6bslNgp09e14a0bpvPiE4KF8');
  const plain = await (await Opener.create([KEY])).open(VECTOR);
  // The `AnyValue` of the text "hello".
  assert.deepEqual(Buffer.from(plain), Buffer.from([0x0a, 5, ...Buffer.from('hello')]));
});

test('rejects changed, cut and unknown values, with a reason that contains neither value nor key', async () => {
  const key = await (await Sealer.create([reader.publicKey])).contentKey();
  const value = await key.seal(Buffer.from('plain'));
  const opener = await Opener.create([reader.privateKey]);
  assert.equal(Buffer.from(await opener.open(value)).toString(), 'plain');
  const at = (index: number): string =>
    value.slice(0, index) + (value[index] === 'A' ? 'B' : 'A') + value.slice(index + 1);
  for (const [wrong, kind] of [
    [at(value.length - 2), 'damaged'],
    [at(value.length - 40), 'damaged'],
    [at(60), 'damaged'],
    [at(12), 'wrong_key'],
    [value.slice(0, 50), 'invalid_value'],
    ['sealed:1:', 'invalid_value'],
    ['sealed:1:!!!', 'invalid_value'],
    ['sealed:2:AAAA', 'invalid_value'],
    ['plain', 'invalid_value'],
  ] as const) {
    await assert.rejects(
      opener.open(wrong),
      (error) => error instanceof SealError && error.kind === kind && !error.message.includes(wrong.slice(-30)),
      wrong,
    );
  }
  for (const text of ['', 'otelier-private-1:AAAA', reader.publicKey])
    await assert.rejects(Opener.create([text]), /expected a private key/);
  await assert.rejects(
    Sealer.create([reader.privateKey]),
    (error: Error) =>
      /expected a public key/.test(error.message) && !error.message.includes(reader.privateKey.slice(20)),
  );
  await assert.rejects(Sealer.create([]), /expected 1 to 8 public keys, got 0/);
});

test('arbitrary requests have the same number of items when sealed, and are the same when opened', async () => {
  const opener = await Opener.create([reader.privateKey]);
  for (const signal of ['traces', 'logs', 'metrics'] as const)
    await fc.assert(
      fc.asyncProperty(arbitraryRequest(signal), fc.boolean(), async (json, items) => {
        const request = encodeRequest(signal, json);
        const result = await sealed({ attributes: ['*'], bodies: true, items }, signal, request);
        assert.equal(countItems(signal, result), countItems(signal, request));
        const { request: opened, failures } = await openRequest(opener, signal, result);
        assert.deepEqual(failures, []);
        assert.equal(requestToJson(signal, opened), requestToJson(signal, request));
      }),
      seeded({ numRuns: 15 }),
    );
});

test('a client seals what it sends, and sends nothing that cannot be sealed', async () => {
  const sent: Uint8Array[] = [];
  const transport = {
    export: async (_: Signal, parts: readonly Uint8Array[]) => {
      sent.push(...parts.map((part) => part.slice()));
      return ACCEPTED;
    },
    shutdown: async () => {},
  };
  const seal = await createRequestSealer({ recipients: [reader.publicKey], attributes: ['user.email'] });
  const client = createClient({ transport, seal, log: () => {} });
  const provider = new TracerProvider({ client });
  provider
    .getTracer('t')
    .startSpan('GET', { attributes: { 'user.email': 'a@example.com', 'http.route': '/' } })
    .end();
  await provider.shutdown();
  assert.ok(sent.length === 1 && !Buffer.from(sent[0] ?? []).includes('a@example.com'));
  const { opened } = await openRequest(await Opener.create([reader.privateKey]), 'traces', sent[0] ?? new Uint8Array());
  assert.equal(opened, 1);
  const failing = createClient({
    transport,
    seal: { seal: () => Promise.reject(new Error('no entropy')) },
    log: () => {},
  });
  const second = new TracerProvider({ client: failing });
  second.getTracer('t').startSpan('GET').end();
  await second.shutdown();
  assert.equal(sent.length, 1);
  assert.equal(failing.health.traces?.droppedItems.refused, 1);
});
