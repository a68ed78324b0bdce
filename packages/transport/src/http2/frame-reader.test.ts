import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seeded } from '@otelier/testkit/seeded';
import fc from 'fast-check';
import { type FrameHandler, FrameReader } from './frame-reader.ts';
import { writeFrame } from './frame-writer.ts';
import { FLAG, FRAME } from './frames.ts';

interface SeenFrame {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  readonly payload: string;
}

/** Records frames. A DATA frame is recorded as one, even if it arrives in pieces. */
class FrameRecorder implements FrameHandler {
  readonly frames: SeenFrame[] = [];
  rejection: string | undefined;
  #data: { flags: number; streamId: number; pieces: Buffer[] } = { flags: 0, streamId: 0, pieces: [] };

  beginData(streamId: number, flags: number): void {
    this.#data = { flags, streamId, pieces: [] };
  }

  data(chunk: Uint8Array, at: number, end: number): void {
    this.#data.pieces.push(Buffer.from(chunk.slice(at, end)));
  }

  endData(): void {
    const { flags, streamId, pieces } = this.#data;
    this.frames.push({ type: FRAME.DATA, flags, streamId, payload: Buffer.concat(pieces).toString('hex') });
  }

  frame(type: number, flags: number, streamId: number, bytes: Uint8Array, at: number, end: number): void {
    this.frames.push({ type, flags, streamId, payload: Buffer.from(bytes.slice(at, end)).toString('hex') });
  }

  fail(_code: number, reason: string): void {
    this.rejection = reason;
  }
}

/** Reads `bytes` in pieces through one reused buffer, as servers do. */
function read(bytes: Uint8Array, cuts: readonly number[] = []): FrameRecorder {
  const notes = new FrameRecorder();
  const reader = new FrameReader(notes, 16_384);
  const chunk = new Uint8Array(bytes.length);
  const offsets = [...cuts.map((cut) => cut % (bytes.length + 1)), 0, bytes.length].sort((a, b) => a - b);
  for (const [index, from] of offsets.entries()) {
    const piece = bytes.subarray(from, offsets[index + 1] ?? bytes.length);
    chunk.fill(0xee);
    chunk.set(piece);
    reader.push(chunk, 0, piece.length);
  }
  return notes;
}

const frames = fc.array(
  fc.record({
    type: fc.integer({ min: 0, max: 12 }),
    flags: fc.constantFrom(0, FLAG.END_STREAM, FLAG.END_HEADERS),
    streamId: fc.integer({ min: 1, max: 0x7fff_ffff }),
    payload: fc.uint8Array({ maxLength: 40 }),
    padding: fc.option(fc.integer({ min: 0, max: 20 })),
  }),
  { maxLength: 8 },
);
const FIXED: Readonly<Record<number, number>> = {
  [FRAME.PRIORITY]: 5,
  [FRAME.RST_STREAM]: 4,
  [FRAME.PING]: 8,
  [FRAME.WINDOW_UPDATE]: 4,
};

test('reads the same frames from bytes split anywhere, and DATA without its padding', () => {
  fc.assert(
    fc.property(frames, fc.array(fc.nat(), { maxLength: 12 }), (list, cuts) => {
      const parts: Uint8Array[] = [];
      const expected: SeenFrame[] = [];
      for (const { type, flags, streamId, payload, padding } of list) {
        const isPadded = type === FRAME.DATA && padding !== null;
        const body = payload.length >= (FIXED[type] ?? 0) ? payload.subarray(0, FIXED[type]) : undefined;
        if (body === undefined) continue;
        const wire = isPadded ? Buffer.concat([Buffer.of(padding), body, Buffer.alloc(padding)]) : body;
        const allFlags = isPadded ? flags | FLAG.PADDED : flags;
        parts.push(frameBytes(type, allFlags, streamId, wire));
        // Payloads of unknown frames are discarded.
        const shown = type > FRAME.CONTINUATION ? new Uint8Array(0) : body;
        expected.push({ type, flags: allFlags, streamId, payload: Buffer.from(shown).toString('hex') });
      }
      const notes = read(Buffer.concat(parts), cuts);
      assert.equal(notes.rejection, undefined);
      assert.deepEqual(notes.frames, expected);
    }),
    seeded(),
  );
});

test('reads arbitrary bytes split anywhere with the same frames and error', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.array(fc.nat(), { maxLength: 8 }), (bytes, cuts) => {
      // Lengths above 255 would require more bytes than there are.
      for (let at = 0; at < bytes.length; at += 9) bytes[at] = bytes[at + 1] = 0;
      const whole = read(bytes);
      const cut = read(bytes, cuts);
      assert.deepEqual([cut.frames, cut.rejection], [whole.frames, whole.rejection]);
    }),
    seeded(),
  );
});

function frameBytes(type: number, flags: number, streamId: number, payload: Uint8Array): Uint8Array {
  const target = {
    bytes: new Uint8Array(9 + payload.length),
    reserve: () => 0,
  };
  writeFrame(target, type, flags, streamId, payload);
  return target.bytes;
}
