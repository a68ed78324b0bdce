import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Coding } from './codecs.ts';
import { compress, decompress } from './compression.ts';

/** Returns the original body that the other implementations compressed. */
function bodyOf(size: number): Buffer {
  let text = '';
  for (let index = 0; text.length < size; index++)
    text += `span ${index} of trace ${(index * index * 7919).toString(16)}; `;
  return Buffer.from(text.slice(0, size));
}

/** Bodies compressed by the Collector's libraries: golang/snappy 1.0.0 and pierrec/lz4 4.1.33. */
const FOREIGN: readonly (readonly [Coding, number, string])[] = [
  ['snappy', 0, 'AA=='],
  ['snappy', 1, 'AQBz'],
  ['snappy', 100, 'ZEhzcGFuIDAgb2YgdHJhY2UgMDsgBRMAMRkTDDFlZWYNFgAyGRYMN2JiYw0WADMZFhAxMTY2Nw0XIDQgb2YgdHJhYw=='],
  ['x-snappy-framed', 1, '/wYAAHNOYVBwWQEFAABDTNOLcw=='],
  [
    'x-snappy-framed',
    100,
    '/wYAAHNOYVBwWQBHAAArHbLDZEhzcGFuIDAgb2YgdHJhY2UgMDsgBRMAMRkTDDFlZWYNFgAyGRYMN2JiYw0WADMZFhAxMTY2Nw0XIDQgb2YgdHJhYw==',
  ],
  // Senders such as older Collectors, and gRPC, use the name `snappy` for the framing format.
  ['snappy', 1, '/wYAAHNOYVBwWQEFAABDTNOLcw=='],
  ['lz4', 0, 'BCJNGGRwuQAAAAAFXcwC'],
  ['lz4', 1, 'BCJNGGRwuQEAAIBzAAAAALKJEDo='],
  [
    'lz4',
    100,
    'BCJNGGRwuUgAAAD2CnNwYW4gMCBvZiB0cmFjZSAwOyBzcGFuIDETAEMxZWVmFgAWMhYAQzdiYmMWABYzFgBQMTE2NjcXAMBhbiA0IG9mIHRyYWMAAAAAs/sdcQ==',
  ],
];

describe('snappy and LZ4', () => {
  for (const [coding, size, base64] of FOREIGN) {
    test(`reads ${size} bytes of ${coding} from another implementation`, async () => {
      const result = await decompress(coding, Buffer.from(base64, 'base64'), { maxBytes: 1000 });
      assert.deepEqual(result, { kind: 'ok', body: bodyOf(size) });
    });
  }

  test('writes what the other implementation of snappy writes', async () => {
    const [, , base64 = ''] = FOREIGN[2] ?? [];
    assert.equal(Buffer.from(await compress('snappy', [bodyOf(100)])).toString('base64'), base64);
  });

  test('reads frames one after another, skippable frames and chunks, and linked blocks', async () => {
    const frame = Buffer.from(await compress('lz4', [bodyOf(100)]));
    const skippable = Buffer.from('5a2a4d1803000000aabbcc', 'hex');
    const frames = Buffer.concat([skippable, frame, skippable, frame]);
    const twice = Buffer.concat([bodyOf(100), bodyOf(100)]);
    assert.deepEqual(await decompress('lz4', frames, { maxBytes: 1000 }), { kind: 'ok', body: twice });
    const padding = Buffer.from('fe020000aabb', 'hex');
    const chunks = Buffer.from(await compress('x-snappy-framed', [bodyOf(100)]));
    const both = Buffer.concat([chunks, padding, chunks]);
    assert.deepEqual(await decompress('x-snappy-framed', both, { maxBytes: 1000 }), { kind: 'ok', body: twice });
  });

  test('rejects changed bytes that a checksum covers, reserved chunks and dictionaries', async () => {
    const framed = Buffer.from(await compress('x-snappy-framed', [bodyOf(100)]));
    framed[framed.length - 1] = (framed.at(-1) ?? 0) ^ 1;
    const reserved = Buffer.concat([framed.subarray(0, 10), Buffer.from('02000000', 'hex')]);
    const [, , lz4 = ''] = FOREIGN.at(-1) ?? [];
    const changed = Buffer.from(lz4, 'base64');
    changed[12] = (changed[12] ?? 0) ^ 0x20;
    const dictionary = Buffer.from(lz4, 'base64');
    dictionary[4] = (dictionary[4] ?? 0) | 1;
    for (const [coding, bytes] of [
      ['x-snappy-framed', framed],
      ['x-snappy-framed', reserved],
      ['lz4', changed],
      ['lz4', dictionary],
    ] as const)
      assert.equal((await decompress(coding, bytes, { maxBytes: 1000 })).kind, 'malformed', coding);
  });

  test('round-trips generated bodies, and survives changed ones within the limit', async () => {
    const repeated = fc
      .tuple(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.integer({ min: 1, max: 4000 }))
      .map(([bytes, times]) => Buffer.concat(Array(times).fill(bytes)));
    const body = fc.array(fc.oneof(repeated, fc.uint8Array({ maxLength: 3000 })), { maxLength: 4 });
    const change = fc.record({ at: fc.nat(), value: fc.nat(255), cut: fc.boolean() });
    const coding = fc.constantFrom('snappy' as const, 'x-snappy-framed' as const, 'lz4' as const);
    await fc.assert(
      fc.asyncProperty(coding, body, fc.array(change, { maxLength: 6 }), async (name, parts, changes) => {
        const plain = Buffer.concat(parts);
        const packed = Buffer.from(await compress(name, parts));
        const whole = await decompress(name, packed, { maxBytes: plain.length });
        assert.ok(whole.kind === 'ok' && Buffer.compare(whole.body, plain) === 0);
        let broken = packed;
        for (const { at, value, cut } of changes) {
          if (cut) broken = broken.subarray(0, at % (broken.length + 1));
          else if (broken.length > 0) broken[at % broken.length] = value;
        }
        const state = { reserved: 0 };
        const grow = (more: number): boolean => {
          state.reserved += more;
          return true;
        };
        const result = await decompress(name, broken, { maxBytes: 50_000, grow });
        assert.ok(state.reserved <= 50_000, `${state.reserved}`);
        if (result.kind === 'ok') assert.ok(result.body.length <= 50_000);
      }),
      { seed: 20, numRuns: 300 },
    );
  });
});
