import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACCEPTED } from '@otelier/otlp';
import { createRandom } from '../otlp/random.ts';
import { withTransport } from './bench.ts';
import type { TransportUnderTest } from './under-test.ts';

const REQUESTS = 40;
const TURN = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Tests that the parts of a request are unused once the client says so: the test overwrites them at once. */
export function unusedPartsTests(transport: TransportUnderTest): void {
  for (const compression of transport.compressions.filter((name) => name === 'none' || name === 'gzip')) {
    test(`sends nothing of unused parts with compression ${compression}`, () =>
      withTransport(transport, async ({ handler, connect }) => {
        const random = createRandom(7);
        const client = connect({ compression });
        handler.response = async () => {
          for (let turns = random(4); turns > 0; turns--) await TURN();
          // The server rejects later requests before it has read them, while others are being sent.
          handler.rejection = random(6) === 0 ? { kind: 'retry', afterMillis: 1, reason: 'busy' } : undefined;
          return ACCEPTED;
        };
        let next = 0;
        const sendSome = async () => {
          for (let index = next++; index < REQUESTS; index = next++) {
            const parts = [seeded(random(2000), index), seeded(random(800_000), index), seeded(random(30_000), index)];
            const abort = new AbortController();
            let unused = 0;
            const outcome = client.export('logs', parts, {
              signal: abort.signal,
              onUnused() {
                unused += 1;
                for (const part of parts) part.fill(0xdb);
              },
            });
            if (random(5) === 0) setImmediate(() => abort.abort());
            await outcome;
            const before = unused;
            await TURN();
            assert.ok(before <= 1 && unused === before, 'expected onUnused at most once, before the outcome');
            handler.rejection = undefined;
          }
        };
        await Promise.all(Array.from({ length: 6 }, sendSome));
        for (const { body } of handler.requests) assert.ok(isWhole(body), 'expected the bytes that were exported');
      }));
  }
}

/** Returns bytes that begin with their length and index, and whose other bytes follow from the index. */
function seeded(length: number, index: number): Uint8Array {
  const bytes = new Uint8Array(8 + length).fill(index);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, length);
  view.setUint32(4, index);
  return bytes;
}

function isWhole(body: Uint8Array): boolean {
  let at = 0;
  while (at < body.length) {
    const view = new DataView(body.buffer, body.byteOffset + at);
    const [length, index] = [view.getUint32(0), view.getUint32(4)];
    if (index >= REQUESTS || Buffer.compare(body.subarray(at, at + 8 + length), seeded(length, index)) !== 0)
      return false;
    at += 8 + length;
  }
  return true;
}
