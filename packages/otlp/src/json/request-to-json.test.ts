import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { arbitraryRequest } from '@otelier/testkit/otlp/arbitrary-request';
import { everyFieldRequest } from '@otelier/testkit/otlp/every-field-request';
import { createRandom, type Random } from '@otelier/testkit/otlp/random';
import { decodeRequest, encodeRequest } from '@otelier/testkit/request-codec';
import fc from 'fast-check';
import { decodeBase64, encodeBase64 } from '../views/base64.ts';
import { normalizeRequest } from '../wire/normalize.ts';
import { WireWriter } from '../wire/writer.ts';
import { requestFromJson } from './request-from-json.ts';
import { requestToJson } from './request-to-json.ts';

const SIGNALS = ['traces', 'metrics', 'logs'] as const;

for (const signal of SIGNALS) {
  test(`${signal} of any content round-trip through JSON byte for byte`, () => {
    fc.assert(
      fc.property(arbitraryRequest(signal), (request) => {
        const bytes = encodeRequest(signal, request as never);
        const back = requestFromJson(signal, requestToJson(signal, bytes));
        assert.ok(back.ok, back.ok ? '' : back.reason);
        assert.deepEqual(back.bytes, bytes);
      }),
      { seed: 20_261_130, numRuns: 300 },
    );
  });

  test(`every field of ${signal} is written as another decoder reads it`, () => {
    for (const stringIndexes of [false, true]) {
      const bytes = encodeRequest(signal, everyFieldRequest(signal, 7, { stringIndexes }) as never);
      const json = requestToJson(signal, bytes);
      assert.deepEqual(JSON.parse(json), JSON.parse(JSON.stringify(decodeRequest(signal, bytes))));
      const back = requestFromJson(signal, new TextEncoder().encode(json));
      assert.ok(back.ok);
      assert.deepEqual(back.bytes, bytes);
    }
  });
}

test('accepts only valid JSON from corrupted text, returns canonical bytes, and never throws', () => {
  let taken = 0;
  let refused = 0;
  fc.assert(
    fc.property(arbitraryRequest('traces'), fc.nat(), (request, seed) => {
      const random = createRandom(seed);
      const whole = new TextEncoder().encode(requestToJson('traces', encodeRequest('traces', request)));
      for (let attempt = 0; attempt < 8; attempt++) {
        const broken = mutate(whole, random);
        const result = requestFromJson('traces', broken);
        if (result.ok) {
          taken++;
          JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(broken));
          const normalized = normalizeRequest('traces', result.bytes);
          assert.ok(normalized.ok && normalized.bytes === result.bytes);
        } else {
          refused++;
          assert.match(
            result.reason,
            /^(malformed JSON at line \d+, column \d+: |request: |resourceSpans(\.|\[\d+\]|\w)*: expected ).+/,
          );
        }
      }
    }),
    { seed: 20_261_130, numRuns: 200, endOnFailure: true },
  );
  assert.ok(taken > 100 && refused > 100, `${taken} taken, ${refused} refused`);
});

const JUNK = ['"', '{', '}', '[', ']', ',', ':', '0', '-', 'e', '.', 'null', '\\', '\u0001', ' ', '1'];

function mutate(bytes: Uint8Array, random: Random): Uint8Array {
  const at = random(bytes.length + 1);
  const until = Math.min(bytes.length, at + random(6));
  const junk = new TextEncoder().encode(JUNK[random(JUNK.length)]);
  switch (random(3)) {
    case 0:
      return Uint8Array.from([...bytes.subarray(0, at), ...junk, ...bytes.subarray(until)]);
    case 1:
      return Uint8Array.from([...bytes.subarray(0, at), ...junk, ...bytes.subarray(at)]);
    default:
      return bytes.map((byte, i) => (i === at ? random(256) : byte));
  }
}

test('writes ids in hex, bytes in base64, 64-bit integers as strings, enums and flags as numbers', () => {
  const request = encodeRequest('traces', {
    resourceSpans: [
      {
        scopeSpans: [
          {
            spans: [
              {
                traceId: '5b8efff798038103d269b633813fc60c',
                kind: 2,
                startTimeUnixNano: 18446744073709551615n,
                attributes: [
                  { key: 'b', value: { bytesValue: 'AP8/' } },
                  { key: 'i', value: { intValue: -9007199254740993n } },
                  { key: 'z', value: { doubleValue: -0 } },
                ],
                flags: 257,
              },
            ],
          },
        ],
      },
    ],
  });
  assert.equal(
    requestToJson('traces', request),
    '{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"5b8efff798038103d269b633813fc60c","kind":2,' +
      '"startTimeUnixNano":"18446744073709551615","attributes":[{"key":"b","value":{"bytesValue":"AP8/"}},' +
      '{"key":"i","value":{"intValue":"-9007199254740993"}},{"key":"z","value":{"doubleValue":-0}}],"flags":257}]}]}]}',
  );
});

test('collects a list whose members are not adjacent, and omits unknown fields', () => {
  const writer = new WireWriter();
  writer.open(1);
  writer.open(2);
  writer.open(2);
  for (const key of ['a', 'b']) {
    writer.open(6);
    writer.stringField(1, key);
    writer.close();
    writer.varintField(2, key === 'a' ? 0 : 9);
    if (key === 'a') writer.stringField(1000, 'unknown');
  }
  writer.close();
  writer.close();
  writer.close();
  assert.match(requestToJson('logs', writer.finish()), /"attributes":\[\{"key":"a"\},\{"key":"b"\}\]/);
});

test('encodes the same base64 with and without platform support', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      const expected = Buffer.from(bytes).toString('base64');
      assert.equal(encodeBase64(bytes), expected);
      Object.defineProperty(bytes, 'toBase64', { value: undefined });
      assert.equal(encodeBase64(bytes), expected);
      assert.deepEqual(decodeBase64(expected), Uint8Array.from(bytes));
      assert.deepEqual(decodeBase64(Buffer.from(bytes).toString('base64url')), Uint8Array.from(bytes));
    }),
    { seed: 20_261_130 },
  );
  for (const bad of ['a', 'YQ=', 'YQ===', 'Y Q==', 'Y"Q=']) assert.equal(decodeBase64(bad), undefined, bad);
});

test('writes a span of five million events within little more memory than the text', () => {
  const program = `
    import { requestToJson, WireWriter } from '${new URL('../index.ts', import.meta.url)}';
    const request = new WireWriter(11_000_000);
    for (const field of [1, 2, 2]) request.open(field);
    const events = Buffer.alloc(10_000_000, Buffer.from([0x5a, 0]));
    request.raw(events, 0, events.length);
    for (let i = 0; i < 3; i++) request.close();
    const text = requestToJson('traces', request.finish());
    console.log(text.length, text.slice(0, 60), text.slice(-8));
  `;
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--max-old-space-size=96', '--input-type=module', '--eval', program],
    { encoding: 'utf8' },
  );
  const head = '{"resourceSpans":[{"scopeSpans":[{"spans":[{"events":[';
  const length = head.length + 5_000_000 * 3 - 1 + ']}]}]}]}'.length;
  assert.equal(stdout, `${length} ${head}{},{}, ]}]}]}]}\n`, stderr);
});
