import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { WireWriter } from '@otelier/otlp';
import { encodeParquet } from '../parquet/file.ts';
import { createBuilder } from './builders.ts';

const WHOLE = { skip: 0, maxBytes: Number.POSITIVE_INFINITY };

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

test('columns of keys that few rows have are not extended to all rows', () => {
  const request = new WireWriter();
  request.message(1, (resource) =>
    resource.message(2, (scope) => {
      for (let i = 0; i < 64; i++) {
        scope.message(2, (span) =>
          span.message(9, (pair) => pair.stringField(1, `key ${i}`).message(2, (any) => any.bigIntField(3, BigInt(i)))),
        );
      }
      for (let i = 0; i < 200_000; i++) scope.message(2, () => {});
    }),
  );
  const builder = createBuilder('traces');
  builder.append(request.finish(), 0, WHOLE);
  const before = builder.byteSize;
  const { keys } = builder.table(0, builder.rows);
  assert.equal(Object.keys(keys).length, 64);
  const added = builder.byteSize - before;
  assert.ok(added < 8 << 20, `${added} bytes`);
  builder.free();
});

test('the wire bytes of a large item are copied once, and outgrown buffers are freed', () => {
  const size = 9 << 20;
  const span = { unknown: Buffer.alloc(size, Buffer.from([0xa0, 0x06, 1])) };
  const events = { unknown: Buffer.alloc(size, Buffer.from([0x5a, 0])) };
  for (const { unknown } of [span, events]) {
    const request = new WireWriter();
    request.message(1, (resource) => resource.message(2, (scope) => scope.bytesField(2, unknown)));
    const bytes = request.finish();
    const builder = createBuilder('traces');
    collectGarbage();
    const before = process.memoryUsage().arrayBuffers;
    builder.append(bytes, 0, WHOLE);
    const added = process.memoryUsage().arrayBuffers - before;
    assert.ok(added < size * 1.5, `${added} bytes for ${size}`);
    builder.free();
  }
});

test('the text of a value has a bounded size, and the whole value is kept as wire bytes', () => {
  const size = 6_000_000;
  const control = Buffer.alloc(size, 1);
  const values: Readonly<Record<string, (any: WireWriter) => unknown>> = {
    'a list of empty values': (any) => any.message(5, (list) => list.raw(Buffer.alloc(size, Buffer.from([0x0a, 0])))),
    'a list with a long text': (any) =>
      any.message(5, (list) => list.message(1, (text) => text.bytesField(1, control))),
    'a map with a long text': (any) =>
      any.message(6, (map) =>
        map.message(1, (pair) => pair.stringField(1, 'k').message(2, (text) => text.bytesField(1, control))),
      ),
    'a text': (any) => any.bytesField(1, control),
  };
  for (const [kind, write] of Object.entries(values)) {
    for (const field of [5, 6]) {
      const request = new WireWriter();
      request.message(1, (resource) =>
        resource.message(2, (scope) =>
          scope.message(2, (log) =>
            field === 5
              ? log.message(5, (any) => void write(any))
              : log.message(6, (pair) => pair.stringField(1, 'k').message(2, (any) => void write(any))),
          ),
        ),
      );
      const builder = createBuilder('logs');
      const bytes = request.finish();
      collectGarbage();
      const before = process.memoryUsage().arrayBuffers;
      builder.append(bytes, 0, WHOLE);
      const file = encodeParquet(builder.table(0, 1).columns, {
        rows: 1,
        metadata: () => ({}),
        attachment: new Uint8Array(0),
      });
      const written = file.reduce((sum, piece) => sum + piece.length, 0);
      assert.ok(written < 1 << 20, `${kind}: ${written} bytes`);
      const used = process.memoryUsage().arrayBuffers - before;
      assert.ok(used < size * 2 + (40 << 20), `${kind} in field ${field}: ${used} bytes`);
      assert.ok(builder.byteSize < size * 2 + (8 << 20), `${kind} in field ${field}: ${builder.byteSize} bytes`);
      builder.free();
    }
  }
});
