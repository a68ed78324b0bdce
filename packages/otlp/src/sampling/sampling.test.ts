import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { hashThreshold, randomnessOfHash, seededHash, shouldSampleHash } from './hash.ts';
import {
  ALWAYS_SAMPLE,
  adjustedCount,
  formatRandomness,
  formatThreshold,
  NEVER_SAMPLE,
  parseRandomness,
  parseThreshold,
  probabilityOfThreshold,
  randomnessOfTraceId,
  shouldSample,
  shouldSampleTraceId,
  type Threshold,
  thresholdOfProbability,
} from './threshold.ts';
import { TraceState } from './trace-state.ts';

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));
const th = (probability: number, precision?: number): string =>
  formatThreshold(thresholdOfProbability(probability, precision));
const parsed = (text: string): TraceState => {
  const state = TraceState.parse(text);
  assert.ok(typeof state !== 'string', String(state));
  return state;
};

// Test vectors from the Collector's `pkg/sampling` package, version 0.165.

test('computes the thresholds of the Collector at full precision', () => {
  assert.equal(th(1), '0');
  assert.equal(th(0.5), '8');
  assert.equal(th(0.25), 'c');
  assert.equal(th(1 / 3), 'aaaaaaaaaaaaac');
  assert.equal(th(0.01), 'fd70a3d70a3d71');
  const below = (x: number, steps: number): number => x - steps * 2 ** (Math.floor(Math.log2(x)) - 53);
  assert.deepEqual(
    [0, 1, 2, 3].map((n) => th(below(0.5, n))),
    ['8', '80000000000004', '80000000000008', '8000000000000c'],
  );
  assert.deepEqual(
    [0, 1, 2, 3].map((n) => th(below(1 / 8, n))),
    ['e', 'e0000000000001', 'e0000000000002', 'e0000000000003'],
  );
  assert.deepEqual(
    [0, 1, 2, 3].map((n) => th(below(1 / 16, n))),
    ['f', 'f', 'f0000000000001', 'f0000000000001'],
  );
});

test('rounds thresholds to a precision that excludes leading 0 and f', () => {
  const vectors: readonly (readonly [number, readonly string[]])[] = [
    [1 - 0x456789a / 2 ** 28, ['456789a', '45678a', '45679', '4568', '456', '45', '4']],
    [1 - 0x456789a / 2 ** 40, ['000456789a', '00045678a', '00045679', '0004568', '000456', '00045', '0004']],
    [
      1 - 0x789abcdef / 2 ** 40,
      ['0789abcdef', '0789abcdf', '0789abce', '0789abd', '0789ac', '0789b', '078a', '079', '08'],
    ],
    [1 - 0x12345678 / 2 ** 32, ['12345678', '1234568', '123456', '12345', '1234', '123', '12', '1']],
    [1 - 0x80801 / 2 ** 28, ['0080801', '00808', '008']],
    [1, ['0']],
  ];
  for (const [probability, expected] of vectors) {
    for (const text of expected) assert.equal(th(probability, text.replace(/^0+/, '').length), text);
  }
  assert.deepEqual(
    [1, 2, 3].map((n) => th(n / 3, 3)),
    ['aab', '555', '0'],
  );
  assert.equal(th(0.01, 4), 'fd70a');
  assert.equal(th(0.01, 3), 'fd71');
  assert.deepEqual(
    [1, 2, 3, 4, 8, 16].map((n) => th(n / 2 ** 56, 3)),
    ['ffffffffffffff', 'fffffffffffffe', 'fffffffffffffd', 'fffffffffffffc', 'fffffffffffff8', 'fffffffffffff'],
  );
  assert.equal(th(Math.fround((1 - 8e-7) * 100) / 100, 10), '00000cccccccd');
});

test('keeps everything or nothing for probabilities outside the range of thresholds', () => {
  assert.equal(thresholdOfProbability(1.5), ALWAYS_SAMPLE);
  for (const none of [0, -1, 2 ** -57, Number.NaN]) assert.equal(thresholdOfProbability(none), NEVER_SAMPLE);
  assert.equal(formatThreshold(NEVER_SAMPLE), '');
  assert.equal(adjustedCount(NEVER_SAMPLE), 0);
  assert.equal(adjustedCount(thresholdOfProbability(0.25)), 4);
  const top = { high: 0xff_ffff, low: 0xffff_ffff };
  assert.equal(shouldSample(NEVER_SAMPLE, top), false);
  assert.equal(shouldSample(ALWAYS_SAMPLE, { high: 0, low: 0 }), true);
});

test('parses and formats thresholds and randomness', () => {
  assert.deepEqual(parseThreshold('c'), { high: 0xc0_0000, low: 0 });
  assert.deepEqual(parseThreshold('0'), ALWAYS_SAMPLE);
  assert.deepEqual(parseThreshold('fd70A3D70A3D71'), { high: 0xfd70a3, low: 0xd70a3d71 });
  for (const bad of ['', 'g', '-1', '123456789abcdef']) assert.equal(parseThreshold(bad), undefined, bad);
  for (const bad of ['', '1', '123456789abcdef', '123456789abcdg']) assert.equal(parseRandomness(bad), undefined, bad);
  const any = fc.record({ high: fc.nat(0xff_ffff), low: fc.nat(0xffff_ffff) }, { noNullPrototype: true });
  fc.assert(
    fc.property(any, (value) => {
      assert.deepEqual(parseRandomness(formatRandomness(value)), value);
      assert.deepEqual(parseThreshold(formatThreshold(value)), value);
    }),
    { seed: 20_261_130 },
  );
});

test('decides by the last seven bytes of the trace id', () => {
  const half = thresholdOfProbability(0.5);
  const keeps = (threshold: Threshold, id: string): boolean[] => [
    shouldSample(threshold, randomnessOfTraceId(hex(`00${id}`), 1)),
    shouldSampleTraceId(threshold, hex(`00${id}`), 1),
  ];
  assert.deepEqual(keeps(half, 'fefefefefefefefefe80000000000000'), [true, true]);
  assert.deepEqual(keeps(half, 'fefefefefefefefefe7fffffffffffff'), [false, false]);
  assert.deepEqual(keeps(thresholdOfProbability(0.49), 'fefefefefefefefefe80000000000000'), [false, false]);
  assert.deepEqual(keeps(thresholdOfProbability(0.25), 'ddddddddddddddddddc0000000000000'), [true, true]);
  assert.deepEqual(keeps(thresholdOfProbability(0.01), '000000000000000000fd70a3d70a3d71'), [true, true]);
  assert.deepEqual(keeps(thresholdOfProbability(0.01), '000000000000000000fd70a3d70a3d70'), [false, false]);
});

test('keeps about the requested share, consistently', () => {
  const ids = Array.from({ length: 20_000 }, (_, i) => {
    const id = new Uint8Array(16);
    // A multiplicative sequence is distributed evenly over the 56 bits.
    new DataView(id.buffer).setBigUint64(8, BigInt.asUintN(56, BigInt(i) * 0x9e3779b97f4a7n + 12345n));
    return id;
  });
  const kept = (p: number): Set<Uint8Array> =>
    new Set(ids.filter((id) => shouldSampleTraceId(thresholdOfProbability(p, 4), id, 0)));
  const tenth = kept(0.1);
  const half = kept(0.5);
  assert.ok(Math.abs(tenth.size - 2000) < 60, `${tenth.size}`);
  assert.ok(Math.abs(half.size - 10_000) < 60, `${half.size}`);
  assert.ok(tenth.isSubsetOf(half), 'a greater probability keeps every item that a smaller one keeps');
});

test('converts a threshold back to its probability', () => {
  for (const p of [1, 0.5, 0.25, 2 ** -56, 0x456789a / 2 ** 28]) {
    assert.equal(probabilityOfThreshold(thresholdOfProbability(p)), p);
  }
  assert.ok(Math.abs(probabilityOfThreshold(thresholdOfProbability(0.1)) - 0.1) < 1e-15);
});

test('hashes as the Collector does in mode hash_seed', () => {
  assert.equal(seededHash(0, new Uint8Array()) & 0x3fff, 0x3515);
  assert.equal(seededHash(0, new Uint8Array(16)) & 0x3fff, 0x2455);
  const text = new TextEncoder().encode('xxabcxx');
  assert.equal(seededHash(22, text, 2, 5), seededHash(22, new TextEncoder().encode('abc')));
  assert.notEqual(seededHash(22, text, 2, 5), seededHash(23, text, 2, 5));
});

test('decides by hash like the Collector before thresholds: hash below the scaled rate', () => {
  fc.assert(
    fc.property(fc.nat(0xffff_ffff), fc.float({ min: 0, max: 100, noNaN: true }), (hash, percentage) => {
      const scaled = Math.trunc(Math.fround(percentage * Math.fround(163.84)));
      const threshold = hashThreshold(percentage);
      const expected = (hash & 0x3fff) < scaled;
      assert.equal(shouldSample(threshold, randomnessOfHash(hash)), expected);
      assert.equal(shouldSampleHash(threshold, hash), expected);
    }),
    { seed: 20_261_130 },
  );
  assert.equal(hashThreshold(200), ALWAYS_SAMPLE);
  assert.equal(hashThreshold(0.003), NEVER_SAMPLE);
  assert.equal(formatThreshold(hashThreshold(25)), 'c');
  // 14 inverted bits, 28 bits that mix in the upper 18, and the 14 bits.
  const hash = 0xdeadbeef;
  const expected =
    (BigInt(0x3fff - (hash & 0x3fff)) << 42n) |
    (BigInt((hash >>> 18) ^ ((hash >>> 18) << 10)) << 14n) |
    BigInt(hash & 0x3fff);
  assert.equal(formatRandomness(randomnessOfHash(hash)), expected.toString(16).padStart(14, '0'));
});

test('reads the OpenTelemetry member of a trace state and keeps the rest', () => {
  const state = parsed(' vendor=a:1 , ot=th:80000000000000;rv:90000000000000;x:1,\ttenant@sys=b,');
  assert.deepEqual(state.threshold, { high: 0x80_0000, low: 0 });
  assert.deepEqual(state.randomness, { high: 0x90_0000, low: 0 });
  assert.equal(state.toString(), 'ot=rv:90000000000000;th:80000000000000;x:1,vendor=a:1,tenant@sys=b');
  assert.equal(
    parsed('ot=rv:FD70A3D70A3D71').withThreshold(thresholdOfProbability(0.01)).toString(),
    'ot=rv:FD70A3D70A3D71;th:fd70a3d70a3d71',
  );
  assert.equal(parsed('').toString(), '');
  assert.equal(parsed('').withThreshold(ALWAYS_SAMPLE).toString(), 'ot=th:0');
  assert.equal(parsed('ot=th:8').withThreshold(undefined).toString(), '');
  assert.equal(parsed('a=1').withRandomness({ high: 1, low: 2 }).toString(), 'ot=rv:00000100000002,a=1');
});

test('sampling again only raises the threshold', () => {
  assert.equal(parsed('ot=th:8').afterSampling(thresholdOfProbability(0.25)).toString(), 'ot=th:c');
  assert.equal(parsed('ot=th:c').afterSampling(thresholdOfProbability(0.5)).toString(), 'ot=th:c');
  assert.equal(parsed('').afterSampling(thresholdOfProbability(0.5)).toString(), 'ot=th:8');
});

test('rejects invalid trace states with a reason', () => {
  for (const [text, reason] of [
    ['ot=rv:abababababababab', 'expected 14 hexadecimal digits in "rv", got "abababababababab"'],
    ['ot=th:abababababababab', 'expected 1 to 14 hexadecimal digits in "th", got "abababababababab"'],
    ['ot=th:-1', 'expected 1 to 14 hexadecimal digits in "th", got "-1"'],
    ['ot=th:8;', 'expected key:value after "ot=", got ""'],
    ['nope', 'expected key=value in tracestate, got "nope"'],
    ['Key=1', 'expected key=value in tracestate, got "Key=1"'],
    ['a=', 'expected key=value in tracestate, got "a="'],
    [`a=${'x'.repeat(1023)}`, 'expected a tracestate of at most 1024 characters, got 1025'],
    [Array.from({ length: 33 }, (_, i) => `k${i}=1`).join(','), 'expected at most 32 members in tracestate, got 33'],
  ] as const) {
    assert.equal(TraceState.parse(text), reason);
  }
});
