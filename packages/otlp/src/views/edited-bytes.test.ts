import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requestFromJson } from '../json/request-from-json.ts';
import { SpanView } from './span.ts';
import { forEachSpan } from './visit.ts';

/** Returns pseudo-random numbers below a limit. */
function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % below;
  };
}

test('setters change one message at a time, and leave earlier messages and the request as they are', () => {
  const random = createRandom(7);
  const spans = Array.from({ length: 300 }, (_, index) => ({ name: `span ${index}` }));
  const request = requestFromJson('traces', JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] }));
  assert.ok(request.ok);
  const original = request.bytes.slice();
  const edited: { readonly bytes: Uint8Array; readonly name: string; readonly values: Map<string, unknown> }[] = [];
  forEachSpan(request.bytes, (span) => {
    const values = new Map<string, unknown>();
    let { name } = span;
    for (let change = random(8); change > 0; change--) {
      const key = `key ${random(4)}`;
      switch (random(4)) {
        case 0:
          name = 'n'.repeat(random(300));
          span.name = name;
          break;
        case 1:
          assert.equal(span.attributes.delete(key), values.delete(key));
          break;
        default: {
          const value = 'v'.repeat(random(20) === 0 ? 10_000 : random(50));
          values.set(key, value);
          span.attributes.set(key, value);
        }
      }
      assert.equal(span.name, name);
    }
    edited.push({ bytes: span.bytes.subarray(span.start, span.end), name, values });
  });
  for (const { bytes, name, values } of edited) {
    const span = new SpanView().reset(bytes);
    assert.equal(span.name, name);
    assert.deepEqual(new Map(span.attributes.entries()), values);
  }
  assert.deepEqual(request.bytes, original);
});
