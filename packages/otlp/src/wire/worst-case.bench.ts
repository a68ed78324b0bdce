/**
 * Benchmarks requests crafted to be slow, in nanoseconds per byte: the walk alone, and all of `normalizeRequest`, which
 * rewrites or diagnoses them. `node packages/otlp/src/wire/worst-case.bench.ts`
 */
import { normalizeRequest } from './normalize.ts';
import { validateRequest } from './validate.ts';
import { WireWriter } from './writer.ts';

const SIZE_BYTES = 4 * 2 ** 20;

const field = (number: number, content: Uint8Array): Uint8Array => {
  const writer = new WireWriter(content.length + 16);
  writer.bytesField(number, content);
  return writer.finish();
};
const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
const filled = (piece: Uint8Array): Uint8Array =>
  Buffer.alloc(Math.floor(SIZE_BYTES / piece.length) * piece.length, piece);
const scope = (content: Uint8Array): Uint8Array => field(1, field(2, content));
const span = (content: Uint8Array): Uint8Array => scope(field(2, content));
const nested = (content: Uint8Array, depth: number): Uint8Array =>
  depth === 0 ? content : nested(field(5, field(1, content)), depth - 1);

const CASES: Readonly<Record<string, Uint8Array>> = {
  'a number again and again': span(filled(bytes(0x30, 1))),
  'a message again and again': span(filled(field(15, bytes(0x18, 1)))),
  'unknown fields': span(filled(bytes(0xd0, 0x06, 1))),
  'empty groups': span(filled(bytes(0xa3, 0x06, 0xa4, 0x06))),
  'one large group': span(Buffer.concat([bytes(0xa3, 0x06), filled(bytes(0x08, 1)), bytes(0xa4, 0x06)])),
  'tiny spans, each to be rewritten': scope(filled(field(2, bytes(0x30, 1, 0x30, 1)))),
  'attributes, each to be rewritten': span(filled(field(9, bytes(10, 1, 65, 10, 1, 65)))),
  'a deep value, to be rewritten at its bottom': span(
    field(9, field(2, nested(Buffer.concat([field(5, bytes()), filled(field(5, field(1, bytes(0x18, 1))))]), 40))),
  ),
  'malformed at its end': span(Buffer.concat([filled(bytes(0x30, 1)), bytes(0x33)])),
  'malformed in its last span': scope(Buffer.concat([filled(field(2, bytes())), field(2, bytes(0xff))])),
};

for (const [name, request] of Object.entries(CASES)) {
  const walk = perByte(request, () => validateRequest('traces', request));
  const whole = perByte(request, () => normalizeRequest('traces', request));
  console.log(`${name}: ${walk} ns a byte to walk, ${whole} in all`);
}

function perByte(request: Uint8Array, work: () => unknown): string {
  const millis = Math.min(
    ...Array.from({ length: 3 }, () => {
      const started = performance.now();
      work();
      return performance.now() - started;
    }),
  );
  return ((millis * 1e6) / request.length).toFixed(1);
}
