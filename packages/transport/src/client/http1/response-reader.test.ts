import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ResponseReader } from './response-reader.ts';

const RESPONSES = [
  'HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-type: text/plain\r\n\r\nhello',
  'HTTP/1.1 503 Busy\r\nretry-after: 7\r\ntransfer-encoding: chunked\r\n\r\n4;a="b"\r\ncome\r\n6\r\n later\r\n0\r\nx: y\r\n\r\n',
  'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 429 Slow\r\nconnection: keep-alive\r\nkeep-alive: timeout=5\r\n\r\nbody to the end',
  'HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n',
].map((text) => Buffer.from(text, 'latin1'));

/** A response with some bytes replaced, removed or duplicated. */
const damaged = fc
  .tuple(
    fc.constantFrom(...RESPONSES),
    fc.array(fc.tuple(fc.nat(200), fc.constantFrom('replace', 'remove', 'double'), fc.nat(255)), { maxLength: 4 }),
  )
  .map(([response, changes]) => {
    const bytes = [...response];
    for (const [at, kind, byte] of changes) {
      const index = at % bytes.length;
      if (kind === 'replace') bytes[index] = byte;
      else if (kind === 'remove') bytes.splice(index, 1);
      else bytes.splice(index, 0, bytes[index] ?? 0);
    }
    return Buffer.from(bytes);
  });

/** Reads a response from the given pieces, followed by the end of the connection, and returns the result. */
function read(bytes: Buffer, cuts: readonly number[]): unknown {
  const reader = new ResponseReader(1024);
  const ends = [...new Set(cuts.map((cut) => cut % bytes.length))].sort((a, b) => a - b);
  let hasMore = false;
  for (let i = 0, at = 0; i <= ends.length; i++) {
    const end = ends[i] ?? bytes.length;
    const isOver = reader.isDone || reader.error !== undefined;
    if (isOver) hasMore ||= end > at;
    else if (end > at) reader.read(bytes.subarray(at, end));
    at = end;
  }
  if (reader.error === undefined) reader.end();
  const { head, isDone, error } = reader;
  if (error !== undefined) return 'invalid';
  return { ...head, isDone, body: reader.body.toString('latin1'), hasMore: hasMore || reader.hasMore };
}

test('reads arbitrary bytes without a crash, with the same result split anywhere', () => {
  fc.assert(
    fc.property(damaged, fc.array(fc.nat(300), { maxLength: 12 }), (bytes, cuts) => {
      if (bytes.length > 0) assert.deepEqual(read(bytes, cuts), read(bytes, []));
    }),
    { seed: 20_261_125, numRuns: 5_000 },
  );
});
