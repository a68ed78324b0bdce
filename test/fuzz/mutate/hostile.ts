import { WireType } from '@otelier/otlp';
import type { Random } from '@otelier/testkit/otlp/random';
import { encodeVarint } from './wire-tree.ts';

/**
 * Generates a request of up to 4 MiB that maximizes the receiver's work. It may be invalid, and its fields match any
 * signal.
 */
export function hostileRequest(random: Random): Uint8Array {
  const size = 2 ** (14 + random(9)) - 64;
  const make = MAKERS[random(MAKERS.length)];
  return make?.(size, random) ?? new Uint8Array();
}

type Maker = (size: number, random: Random) => Uint8Array;

const MAKERS: readonly Maker[] = [
  // The same number, message or oneof field, repeated many times.
  (size) => span(filled(size, Uint8Array.of(0x30, 1))),
  (size) => span(filled(size, field(15, Uint8Array.of(0x18, 1)))),
  (size) => span(field(9, field(2, filled(size, Uint8Array.of(0x10, 1, 0x18, 1))))),
  // Unknown fields; groups in sequence, nested and unterminated.
  (size) => span(filled(size, Uint8Array.of(0xd0, 0x06, 1))),
  (size) => span(filled(size, Uint8Array.of(0xa3, 0x06, 0xa4, 0x06))),
  (size) => span(filled(size, Uint8Array.of(0xa3, 0x06))),
  (size) =>
    span(Buffer.concat([filled(size / 2, Uint8Array.of(0xa3, 0x06)), filled(size / 2, Uint8Array.of(0xa4, 0x06))])),
  (size) => span(filled(size, Uint8Array.of(0x0b))),
  // Many small fields, each of which must be rewritten.
  (size) => scope(filled(size, field(2, Uint8Array.of(0x30, 1, 0x30, 1)))),
  (size) => span(filled(size, field(9, Uint8Array.of(10, 1, 65, 10, 1, 65)))),
  (size) => scope(filled(size, Uint8Array.of(0x12, 0x80, 0x00))),
  // Split messages whose parts are themselves split, level by level.
  (size, random) => span(field(9, field(2, inPieces(size, 2 + random(45))))),
  (size, random) =>
    span(field(9, field(2, nested(filled(size, field(5, field(1, Uint8Array.of(0x18, 1)))), random(48))))),
  // Nothing but padding, with an error at the very end.
  (size) => span(filled(size, Uint8Array.of(0xb0, 0x80, 0x80, 0x80, 0x00, 0x81, 0x80, 0x80, 0x00))),
  (size) => span(Buffer.concat([filled(size, Uint8Array.of(0x30, 1)), Uint8Array.of(0x33)])),
  (size) => scope(Buffer.concat([filled(size, field(2, new Uint8Array())), field(2, Uint8Array.of(0xff))])),
  // Unpacked elements of a packed list, as in metrics.
  (size) => point(filled(size, Uint8Array.of(0x31, 1, 2, 3, 4, 5, 6, 7, 8))),
  (size, random) =>
    field(
      1,
      Uint8Array.from({ length: size }, () => random(256)),
    ),
];

function scope(content: Uint8Array): Uint8Array {
  return field(1, field(2, content));
}

function span(content: Uint8Array): Uint8Array {
  return scope(field(2, content));
}

/** Encodes a histogram data point. */
function point(content: Uint8Array): Uint8Array {
  return span(field(9, field(1, content)));
}

/**
 * Encodes a value in many pieces, each of which contains the next level, so that a naive merge copies everything at
 * every level.
 */
function inPieces(size: number, depth: number): Uint8Array {
  const leaf = field(5, field(1, Uint8Array.of(0x18, 1)));
  let content: Uint8Array = filled(Math.max(leaf.length, size / 2), leaf);
  for (let level = 0; level < depth; level++) {
    content = Buffer.concat([field(5, Uint8Array.of()), field(5, field(1, content))]);
  }
  return content;
}

function nested(content: Uint8Array, depth: number): Uint8Array {
  return depth === 0 ? content : nested(field(5, field(1, content)), depth - 1);
}

function field(number: number, content: Uint8Array): Uint8Array {
  const tag = encodeVarint(BigInt(number * 8 + WireType.lengthDelimited));
  return Buffer.concat([tag, encodeVarint(BigInt(content.length)), content]);
}

function filled(size: number, piece: Uint8Array): Uint8Array {
  return Buffer.alloc(Math.max(1, Math.floor(size / piece.length)) * piece.length, piece);
}
