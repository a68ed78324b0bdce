import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';
import { describe, test } from 'node:test';
import zlib from 'node:zlib';
import type { Coding } from './codecs.ts';
import { compress, compressionOfName, decompress } from './compression.ts';

const WITH_LEVELS: readonly Coding[] = ['gzip', 'deflate', 'zstd', 'brotli'];
const CODINGS: readonly Coding[] = [...WITH_LEVELS, 'snappy', 'x-snappy-framed', 'lz4'];

/** Compressible bytes. Tests share them, because filling a body takes longer than compressing it. */
const BYTES = Buffer.alloc(3_000_000);
for (let i = 0; i < BYTES.length; i++) BYTES[i] = (i * i) >> 5;

/** Returns a memory budget that counts reservations. */
function budget(bytes: number) {
  const state = { reserved: 0 };
  const grow = (more: number): boolean => {
    if (state.reserved + more > bytes) return false;
    state.reserved += more;
    return true;
  };
  return { state, grow };
}

describe('compression', () => {
  for (const coding of CODINGS) {
    test(`${coding} round-trips bodies of any size and number of parts`, async () => {
      for (const size of [0, 1, 100, 65_536, 3_000_000]) {
        const body = BYTES.subarray(0, size);
        const parts = [body.subarray(0, size / 3), body.subarray(size / 3)];
        const packed = await compress(coding, parts);
        const result = await decompress(coding, packed, { maxBytes: size });
        assert.equal(result.kind, 'ok', `${size}`);
        assert.ok(result.kind === 'ok' && Buffer.compare(result.body, body) === 0);
      }
    });

    test(`${coding} returns a large body in a buffer of its size, which moves between threads without a copy`, async () => {
      const result = await decompress(coding, await compress(coding, [BYTES]), { maxBytes: 20 << 20 });
      assert.ok(result.kind === 'ok' && Buffer.compare(result.body, BYTES) === 0);
      assert.equal(result.body.buffer.byteLength, BYTES.length);
    });

    test(`${coding} produces no more output than the limit and reserves no more than it produces`, async () => {
      const packed = await compress(coding, [new Uint8Array(30_000_000)]);
      const { state, grow } = budget(1_000_000_000);
      assert.deepEqual(await decompress(coding, packed, { maxBytes: 100_000, grow }), { kind: 'too_large' });
      assert.ok(state.reserved <= 100_000, `${state.reserved}`);
      const poor = budget(100_000);
      assert.deepEqual(await decompress(coding, packed, { maxBytes: 40_000_000, grow: poor.grow }), {
        kind: 'no_memory',
      });
      assert.ok(poor.state.reserved <= 100_000);
    });

    test(`${coding} reports truncated, changed and foreign input as malformed`, async () => {
      const packed = Buffer.from(await compress(coding, [Buffer.from('something to compress, something to compress')]));
      const broken = [
        packed.subarray(0, packed.length - 2),
        packed.subarray(0, 3),
        Buffer.from('something else'),
        Buffer.alloc(0),
      ];
      for (const bytes of broken) {
        const result = await decompress(coding, bytes, { maxBytes: 1000 });
        assert.equal(result.kind, 'malformed', bytes.toString('latin1'));
      }
    });
  }

  for (const coding of WITH_LEVELS) {
    test(`${coding} compresses at the requested level`, async () => {
      const body = Buffer.from(Array.from({ length: 20_000 }, (_, i) => `span ${i * 7919}`).join(' '));
      const [fast, small] = await Promise.all([compress(coding, [body], 1), compress(coding, [body], 9)]);
      assert.notEqual(small.length, fast.length);
    });
  }

  for (const coding of CODINGS) {
    test(`bombs of ${coding} do not delay file operations`, async () => {
      const bomb = await compress(coding, [new Uint8Array(19 * 2 ** 20)], 9);
      let ended = 0;
      const results = Array.from({ length: 12 }, async () => {
        const result = await decompress(coding, bomb, { maxBytes: 20 * 2 ** 20 });
        ended++;
        return result.kind === 'ok' && result.body.length;
      });
      await stat('.');
      // In libuv's pool of four threads, the file operation would complete only after at least eight of them.
      assert.ok(ended < 4, `${ended} of 12 bodies were decompressed before a file operation that began after them`);
      assert.deepEqual(await Promise.all(results), Array(12).fill(19 * 2 ** 20));
    });
  }

  test('decompresses a body of many empty members and releases its excess reservation', async () => {
    const members = Buffer.concat(Array(20_000).fill(zlib.gzipSync('')));
    const { state, grow } = budget(1_000_000_000);
    const shrink = (less: number) => {
      state.reserved -= less;
    };
    const result = await decompress('gzip', members, { maxBytes: 1_000_000, grow, shrink });
    assert.ok(result.kind === 'ok' && result.body.length === 0);
    assert.equal(state.reserved, 0);
  });

  test('decompresses all members of a gzip body whose last size does not cover the others', async () => {
    const members = Buffer.concat([zlib.gzipSync(Buffer.alloc(500_000, 1)), zlib.gzipSync(Buffer.from('end'))]);
    const result = await decompress('gzip', members, { maxBytes: 600_000 });
    assert.equal(result.kind === 'ok' && result.body.length, 500_003);
    assert.equal((await decompress('gzip', members, { maxBytes: 500_002 })).kind, 'too_large');
  });

  test('rejects a zstd frame with a window beyond 8 MiB before allocating it', async () => {
    // RFC 8878, 3.1.1.1.2: exponent 17 is a window of 2^27 bytes. The content size is not declared.
    const frame = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 17 << 3, 0x01, 0x00, 0x00, ...Buffer.alloc(20)]);
    assert.equal((await decompress('zstd', frame, { maxBytes: 1000 })).kind, 'malformed');
  });

  test('accepts the coding names of HTTP and gRPC in any case', () => {
    const known = [undefined, 'identity', 'GZIP', ' gzip ', 'x-gzip', 'deflate', 'zstd', 'br', ''].map(
      compressionOfName,
    );
    assert.deepEqual(known, ['none', 'none', 'gzip', 'gzip', 'gzip', 'deflate', 'zstd', 'brotli', 'none']);
    const others = ['zlib', 'snappy', 'X-Snappy-Framed', 'lz4'];
    assert.deepEqual(others.map(compressionOfName), ['deflate', 'snappy', 'x-snappy-framed', 'lz4']);
    assert.deepEqual(['lzma', 'gzip, gzip', 'constructor'].map(compressionOfName), [undefined, undefined, undefined]);
  });
});
