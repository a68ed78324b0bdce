import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { arbitraryRequest } from '@otelier/testkit/otlp/arbitrary-request';
import { everyFieldRequest } from '@otelier/testkit/otlp/every-field-request';
import { decodeWithProtobufjs } from '@otelier/testkit/otlp/oracle';
import { createRandom, type Random } from '@otelier/testkit/otlp/random';
import { encodeUnusually } from '@otelier/testkit/otlp/unusual-encoding';
import { encodeRequest, type RequestJson } from '@otelier/testkit/request-codec';
import fc from 'fast-check';
import { countItems } from './count.ts';
import { MESSAGES, type MessageDescriptor, REQUEST_MESSAGES } from './descriptors.ts';
import { diagnose } from './diagnose.ts';
import { normalizeRequest } from './normalize.ts';
import { FieldReader, WireType } from './reader.ts';

const SIGNALS_WITH_DESCRIPTORS = ['traces', 'metrics', 'logs'] as const;
type DescribedSignal = (typeof SIGNALS_WITH_DESCRIPTORS)[number];

/** Matches rejections of requests that protobufjs accepts. */
const STRICTER = /: (expected (a |\d+ bytes or none)|messages nest deeper|group|varint of more than 10 bytes)/;

for (const signal of SIGNALS_WITH_DESCRIPTORS) {
  const message = requestOf(signal);

  test(`${signal}: returns a canonical request unchanged, with its number of items`, () => {
    fc.assert(
      fc.property(arbitraryRequest(signal), (request) => {
        const bytes = encode(signal, request);
        const normalized = normalizeRequest(signal, bytes);
        assert.ok(normalized.ok, normalized.ok ? '' : normalized.reason);
        assert.equal(normalized.bytes, bytes);
        assert.equal(normalized.itemCount, countInJson(request));
        assert.equal(countItems(signal, bytes), normalized.itemCount);
        assert.equal(diagnose(message, bytes), undefined);
      }),
      { seed: 20_261_130, numRuns: 300 },
    );
  });

  test(`${signal}: rewrites unusual encodings to equivalent canonical ones`, () => {
    fc.assert(
      fc.property(arbitraryRequest(signal), fc.nat(), (request, seed) => {
        const canonical = encode(signal, request);
        const unusual = encodeUnusually(message, canonical, createRandom(seed));
        const normalized = normalizeRequest(signal, unusual);
        assert.ok(normalized.ok, normalized.ok ? '' : normalized.reason);
        assertReadsAlike(message, normalized.bytes, canonical);
        assert.equal(normalized.itemCount, countInJson(request));
        assertCanonical(message, normalized.bytes);
        assert.equal(normalizeRequest(signal, normalized.bytes).ok, true);
      }),
      { seed: 20_261_130, numRuns: 300 },
    );
  });

  test(`${signal}: accepts corrupted requests only if another decoder reads them, with the same result`, () => {
    let accepted = 0;
    let refused = 0;
    fc.assert(
      fc.property(arbitraryRequest(signal), fc.nat(), fc.boolean(), (request, seed, isUnusual) => {
        const random = createRandom(seed);
        const canonical = encode(signal, request);
        const whole = isUnusual ? encodeUnusually(message, canonical, random) : canonical;
        for (let attempt = 0; attempt < 8; attempt++) {
          const broken = mutate(whole, random);
          const normalized = normalizeRequest(signal, broken);
          if (normalized.ok) {
            accepted++;
            assert.equal(diagnose(message, broken), undefined);
            assertCanonical(message, normalized.bytes);
            assertReadsAlike(message, normalized.bytes, broken);
            assert.equal(normalized.itemCount, countItems(signal, normalized.bytes));
          } else {
            refused++;
            assert.equal(normalized.reason, diagnose(message, broken));
            assert.ok(STRICTER.test(normalized.reason) || !isReadable(message, broken), normalized.reason);
          }
        }
      }),
      { seed: 20_261_130, numRuns: 400 },
    );
    // Either one alone would prove nothing.
    assert.ok(accepted > 200 && refused > 200, `${accepted} accepted, ${refused} refused`);
  });

  test(`${signal}: agrees with the other decoder on a truncated request with every field`, () => {
    const bytes = encode(signal, everyFieldRequest(signal, 1, { stringIndexes: true }));
    const whole = normalizeRequest(signal, bytes);
    assert.ok(whole.ok && whole.bytes === bytes);
    const random = createRandom(7);
    for (let attempt = 0; attempt < 200; attempt++) {
      const cut = bytes.subarray(0, random(bytes.length));
      assert.equal(normalizeRequest(signal, cut).ok, isReadable(message, cut));
    }
  });
}

function requestOf(signal: DescribedSignal): MessageDescriptor {
  const message = REQUEST_MESSAGES[signal];
  assert.ok(message);
  return message;
}

function encode<S extends DescribedSignal>(signal: S, request: RequestJson[S]): Uint8Array {
  return encodeRequest(signal, request);
}

/** Avoids `assert.deepEqual`, which takes minutes to diff two large requests on every shrinking step. */
function assertReadsAlike(message: MessageDescriptor, actual: Uint8Array, expected: Uint8Array): void {
  const isAlike = isDeepStrictEqual(decodeWithProtobufjs(message, actual), decodeWithProtobufjs(message, expected));
  assert.ok(isAlike, 'protobufjs reads the two differently');
}

function isReadable(message: MessageDescriptor, bytes: Uint8Array): boolean {
  try {
    decodeWithProtobufjs(message, bytes);
    return true;
  } catch {
    return false;
  }
}

function countInJson(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return Object.entries(value).reduce(
    (sum, [name, child]) =>
      sum +
      (['spans', 'logRecords', 'dataPoints'].includes(name) && Array.isArray(child)
        ? child.length
        : countInJson(child)),
    0,
  );
}

/** Verifies the guarantees for reading in place, with code independent of the walk. */
function assertCanonical(message: MessageDescriptor, bytes: Uint8Array): void {
  const seen = new Set<string>();
  const reader = new FieldReader(bytes);
  while (reader.next()) {
    assert.notEqual(reader.wireType, WireType.startGroup);
    assert.equal(reader.valueStart - reader.start, shortestHead(reader));
    const field = message.byNumber.get(reader.field);
    if (field === undefined) continue;
    const isPacked = field.kind !== 'message' && field.packed;
    if (isPacked) assert.equal(reader.wireType, WireType.lengthDelimited);
    if (isPacked || !field.repeated) {
      const name = field.oneof ?? field.name;
      assert.ok(!seen.has(name), `${message.name}.${name} occurs twice`);
      seen.add(name);
    }
    if (field.kind === 'message') {
      assertCanonical(MESSAGES[field.message], bytes.subarray(reader.valueStart, reader.valueEnd));
    }
  }
}

function shortestHead(reader: FieldReader): number {
  const size = (value: number): number => (value < 128 ? 1 : 1 + size(Math.floor(value / 128)));
  const tag = size(reader.field * 8 + reader.wireType);
  return reader.wireType === WireType.lengthDelimited ? tag + size(reader.valueEnd - reader.valueStart) : tag;
}

function mutate(bytes: Uint8Array, random: Random): Uint8Array {
  const at = random(bytes.length + 1);
  const until = Math.min(bytes.length, at + random(12));
  switch (random(6)) {
    case 0:
      return bytes.slice(0, at);
    case 1:
      return bytes.map((byte, i) => (i === at ? byte ^ (1 << random(8)) : byte));
    case 2:
      return bytes.map((byte, i) => (i === at ? random(256) : byte));
    case 3:
      return Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(until)]);
    case 4:
      return Uint8Array.from([...bytes.subarray(0, until), ...bytes.subarray(at)]);
    default:
      return Uint8Array.from([...bytes.subarray(0, at), random(256), ...bytes.subarray(at)]);
  }
}
