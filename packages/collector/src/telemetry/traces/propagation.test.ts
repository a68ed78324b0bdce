import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRandom, type Random } from '@otelier/testkit/otlp/random';
import { createPropagation } from './propagation.ts';
import { createSampler } from './sampler.ts';

const both = createPropagation(['tracecontext', 'b3']);
const TRACE = '0123456789abcdef0123456789abcdef';
const SPAN = '0123456789abcdef';

/** Lowercase hexadecimal digits that are not all zero. */
function hex(random: Random, length: number): string {
  const digits = Array.from({ length: length - 1 }, () => random(16).toString(16));
  return `${digits.join('')}1`;
}

test('reads what it writes, and nothing but identities from damaged headers', () => {
  const seed = 20261130;
  const random = createRandom(seed);
  for (let round = 0; round < 2_000; round++) {
    const identity = { traceId: hex(random, 32), spanId: hex(random, 16), isSampled: random(2) === 0 };
    for (const name of ['tracecontext', 'b3'] as const) {
      const propagation = createPropagation([name]);
      const headers = propagation.inject(identity) ?? {};
      const read = propagation.extract(headers);
      assert.deepEqual({ ...read, traceState: undefined }, { ...identity, traceState: undefined }, `seed ${seed}`);
      const damaged = Object.fromEntries(
        Object.entries(headers).map(([key, value]) => {
          const at = random(value.length);
          const byte = String.fromCharCode(32 + random(95));
          return [key, `${value.slice(0, at)}${byte}${value.slice(at + 1)}`];
        }),
      );
      const other = both.extract(damaged);
      if (other === undefined) continue;
      assert.match(other.traceId, /^(?!0{32})[0-9a-f]{32}$/, `seed ${seed}`);
      assert.match(other.spanId, /^(?!0{16})[0-9a-f]{16}$/, `seed ${seed}`);
    }
  }
});

for (const [what, headers] of [
  ['no headers', {}],
  ['a trace ID of zeros', { traceparent: `00-${'0'.repeat(32)}-${SPAN}-01` }],
  ['a span ID of zeros', { traceparent: `00-${TRACE}-${'0'.repeat(16)}-01` }],
  ['the version ff', { traceparent: `ff-${TRACE}-${SPAN}-01` }],
  ['more fields than version 00 has', { traceparent: `00-${TRACE}-${SPAN}-01-x` }],
  ['uppercase digits', { traceparent: `00-${TRACE.toUpperCase()}-${SPAN}-01` }],
  ['a decision without a trace', { b3: '0' }],
] as const) {
  test(`begins a trace for ${what}`, () => {
    assert.equal(both.extract(headers), undefined);
  });
}

test('reads the forms of b3', () => {
  for (const [headers, isSampled] of [
    [{ b3: `${TRACE}-${SPAN}-1` }, true],
    [{ b3: `${TRACE}-${SPAN}-d-${SPAN}` }, true],
    [{ b3: `${TRACE}-${SPAN}-0` }, false],
    [{ 'x-b3-traceid': TRACE, 'x-b3-spanid': SPAN, 'x-b3-flags': '1' }, true],
    [{ 'x-b3-traceid': [TRACE], 'x-b3-spanid': [SPAN], 'x-b3-sampled': 'true' }, true],
  ] as const) {
    assert.deepEqual(both.extract(headers), { traceId: TRACE, spanId: SPAN, isSampled });
  }
});

test('samples as the Go SDK does', () => {
  const sample = createSampler({ traceIdRatioBased: { ratio: 0.5 } });
  assert.equal(sample(`${'f'.repeat(16)}7fffffffffffffff`, undefined, true), true);
  assert.equal(sample(`${'0'.repeat(16)}8000000000000000`, undefined, true), false);
  const always = { alwaysOn: {} };
  const never = { alwaysOff: {} };
  const byParent = createSampler({
    parentBased: {
      root: never,
      remoteParentSampled: never,
      remoteParentNotSampled: always,
      localParentSampled: always,
      localParentNotSampled: never,
    },
  });
  const parent = (isSampled: boolean) => ({ traceId: TRACE, spanId: SPAN, isSampled });
  assert.equal(byParent(TRACE, undefined, false), false);
  assert.equal(byParent(TRACE, parent(true), true), false);
  assert.equal(byParent(TRACE, parent(false), true), true);
  assert.equal(byParent(TRACE, parent(true), false), true);
  assert.equal(byParent(TRACE, parent(false), false), false);
  const byDefault = createSampler({});
  assert.equal(byDefault(TRACE, undefined, false), true);
  assert.equal(byDefault(TRACE, parent(false), true), false);
});
