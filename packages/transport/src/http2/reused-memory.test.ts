import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FLAG } from './frames.ts';
import { HeaderAssembly } from './header-assembly.ts';
import { HpackDecoder } from './hpack/decoder.ts';
import { encodeHeaderBlock } from './hpack/encoder.ts';

// Servers read into a single buffer, and slicing a Buffer does not copy.
const chunk = Buffer.alloc(100);

function inChunk(bytes: Uint8Array, at = 0): Buffer {
  chunk.fill(0xff);
  chunk.set(bytes, at);
  return chunk;
}

test('a fragmented header block survives that its first fragment is overwritten', () => {
  const block = encodeHeaderBlock([['x-name', 'value']]);
  const assembly = new HeaderAssembly(1000);
  assert.equal(assembly.begin(0, 1, inChunk(block.subarray(0, 4)), 0, 4), undefined);
  assert.equal(assembly.continue(FLAG.END_HEADERS, inChunk(block.subarray(4)), 0, block.length - 4), undefined);
  assert.deepEqual(
    assembly.take((bytes, from, to) => new Uint8Array(bytes.slice(from, to))),
    block,
  );
});

test('a decoder caches blocks in memory of its own', () => {
  const decoder = new HpackDecoder({ maxListBytes: 1000 });
  const decode = (value: string) => {
    const block = encodeHeaderBlock([['x-name', value]]);
    const decoded = decoder.decode(inChunk(block, 10).subarray(10, 10 + block.length));
    assert.ok(decoded.kind === 'block');
    return decoded;
  };
  const values = Array.from({ length: 200 }, (_, index) => String(1000 + index));
  for (const value of [...values, ...values]) assert.equal(decode(value).fields['x-name'], value);
  assert.equal(decode('same'), decode('same'));
});
