import { SIGNALS } from '@otelier/otlp';
import type { Random } from '@otelier/testkit/otlp/random';
import { mutateBytes, noise } from './bytes.ts';
import { Flag, type Frame, FrameType, frameOf, grpcCall, headerBlock, PREFACE, writeFrames } from './http2-frames.ts';

const PATH = `/${SIGNALS.traces.grpcService}/Export`;

/** Generates a connection with one call per message, with mutated frames, header blocks and bytes. */
export function http2Stream(messages: readonly Uint8Array[], random: Random): Uint8Array {
  const frames = [
    frameOf(FrameType.settings, 0, 0, Uint8Array.of()),
    ...messages.flatMap((message, index) => grpcCall(PATH, 2 * index + 1, message)),
  ];
  for (let rest = random(4); rest > 0; rest--) {
    const mutation = MUTATIONS[random(MUTATIONS.length)];
    mutation?.(frames, random(frames.length), random);
  }
  const bytes = Buffer.concat([random(50) === 0 ? mutateBytes(PREFACE, random) : PREFACE, writeFrames(frames)]);
  return random(6) === 0 ? mutateBytes(bytes, random) : bytes;
}

/** Mutates the frame at `at`. */
type Mutation = (frames: Frame[], at: number, random: Random) => void;

const MUTATIONS: readonly Mutation[] = [
  (frames, at) => void frames.splice(at, 1),
  (frames, at, random) => {
    const frame = frames[at];
    if (frame !== undefined) frames.splice(random(frames.length), 0, { ...frame });
  },
  (frames, at, random) => {
    const other = random(frames.length);
    const [a, b] = [frames[at], frames[other]];
    if (a !== undefined && b !== undefined) [frames[at], frames[other]] = [b, a];
  },
  change((frame, random) => {
    frame.flags ^= 1 << random(8);
  }),
  change((frame, random) => {
    frame.type = random(3) === 0 ? random(256) : random(10);
  }),
  change((frame, random) => {
    frame.stream = STREAMS[random(STREAMS.length)] ?? 1;
  }),
  change((frame, random) => {
    frame.lengthError = random(2) === 0 ? random(9) - 4 : (LENGTH_ERRORS[random(LENGTH_ERRORS.length)] ?? 1);
  }),
  change((frame, random) => {
    frame.payload = mutateBytes(frame.payload, random);
  }),
  change((frame, random) => {
    frame.payload = frame.payload.slice(0, random(frame.payload.length + 1));
  }),
  change((frame, random) => {
    const padding = random(20) === 0 ? 255 : random(30);
    frame.flags |= Flag.padded;
    const rest = new Uint8Array(random(10) === 0 ? 0 : padding);
    frame.payload = Buffer.concat([Uint8Array.of(padding), frame.payload, rest]);
  }),
  insertOdd,
  insertOdd,
  insertOdd,
  cutData,
  cutHeaders,
  addToBlock,
  addToBlock,
  flood,
];

const STREAMS = [0, 1, 2, 3, 4, 5, 7, 99, 0x7fff_ffff, 0x8000_0001, 0xffff_ffff];
const LENGTH_ERRORS = [1, 9, 255, 16_384, 16_385, 0xff_ffff];

function change(mutate: (frame: Frame, random: Random) => void): Mutation {
  return (frames, at, random) => {
    const frame = frames[at];
    if (frame !== undefined) mutate(frame, random);
  };
}

/** Inserts control frames whose contents are at or beyond their limits. */
function insertOdd(frames: Frame[], at: number, random: Random): void {
  const stream = STREAMS[random(6)] ?? 0;
  const number = NUMBERS[random(NUMBERS.length)] ?? 0;
  const fourBytes = Buffer.alloc(4);
  fourBytes.writeUInt32BE(number);
  const setting = Buffer.concat([Uint8Array.of(0, random(10)), fourBytes]);
  const odd = [
    frameOf(FrameType.windowUpdate, 0, stream, fourBytes),
    frameOf(FrameType.settings, 0, random(8) === 0 ? 1 : 0, Buffer.concat([setting, setting])),
    frameOf(FrameType.settings, Flag.ack, 0, random(4) === 0 ? setting : Uint8Array.of()),
    frameOf(FrameType.ping, random(2), 0, noise(random(8) === 0 ? random(20) : 8, random)),
    frameOf(FrameType.goaway, 0, 0, noise(8 + random(8), random)),
    frameOf(FrameType.rstStream, 0, stream, fourBytes),
    frameOf(FrameType.priority, 0, stream, noise(random(8) === 0 ? random(9) : 5, random)),
    frameOf(
      FrameType.pushPromise,
      Flag.endHeaders,
      stream,
      Buffer.concat([fourBytes, headerBlock({ ':method': 'GET' })]),
    ),
    frameOf(FrameType.continuation, random(8), stream, headerBlock({ 'x-odd': 'y' })),
    frameOf(10 + random(246), random(256), stream, noise(random(40), random)),
  ];
  frames.splice(at, 0, odd[random(odd.length)] ?? (odd[0] as Frame));
}

const NUMBERS = [0, 1, 2, 99, 16_383, 16_384, 0xff_ffff, 0x100_0000, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff];

/** Splits a message into several DATA frames, some of which are empty. */
function cutData(frames: Frame[], _at: number, random: Random): void {
  const at = frames.findIndex(({ type }) => type === FrameType.data);
  const frame = frames[at];
  if (frame === undefined) return;
  const cut = random(frame.payload.length + 1);
  const first = { ...frame, flags: frame.flags & ~Flag.endStream, payload: frame.payload.slice(0, cut) };
  const between = random(3) === 0 ? [{ ...first, payload: Uint8Array.of() }] : [];
  frames.splice(at, 1, first, ...between, { ...frame, payload: frame.payload.slice(cut) });
}

/** Splits a header block into several frames, which are not always contiguous. */
function cutHeaders(frames: Frame[], _at: number, random: Random): void {
  const at = frames.findIndex(({ type }) => type === FrameType.headers);
  const frame = frames[at];
  if (frame === undefined) return;
  const pieces = 1 + random(random(20) === 0 ? 200 : 4);
  const size = Math.ceil(frame.payload.length / pieces);
  const rest = Array.from({ length: pieces }, (_, i) =>
    frameOf(
      FrameType.continuation,
      i === pieces - 1 ? Flag.endHeaders : 0,
      frame.stream,
      frame.payload.slice((i + 1) * size, (i + 2) * size),
    ),
  );
  const first = { ...frame, flags: frame.flags & ~Flag.endHeaders, payload: frame.payload.slice(0, size) };
  frames.splice(at, 1, first, ...rest);
}

/** Adds invalid header fields to the beginning or end of a header block. */
function addToBlock(frames: Frame[], _at: number, random: Random): void {
  const frame = frames.find(({ type }) => type === FrameType.headers);
  if (frame === undefined) return;
  const part = BLOCK_PARTS[random(BLOCK_PARTS.length)] ?? Uint8Array.of();
  frame.payload = Buffer.concat(random(2) === 0 ? [part, frame.payload] : [frame.payload, part]);
}

const BLOCK_PARTS: readonly Uint8Array[] = [
  // Index 0, an index beyond the table, and an unterminated integer.
  ...[[0x80], [0xc0], [0xff, 0xff, 0xff, 0xff, 0xff, 0x7f], [0xff, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01]],
  // Dynamic table sizes: zero, the current size, and one that is too large.
  ...[[0x20], [0x3f, 0xe1, 0x1f], [0x3f, 0xff, 0xff, 0xff, 0x7f]],
  // Huffman coding: invalid padding, the EOS symbol, and a truncated string.
  ...[
    [0x00, 0x81, 0x00, 0x01, 0x61],
    [0x00, 0x84, 0xff, 0xff, 0xff, 0xff, 0x00],
    [0x00, 0x7f, 0x61],
  ],
  // Repeated indexed fields from the static table.
  ...[
    [0x40, 0x01, 0x61, 0x01, 0x62, 0xbe, 0xbe, 0xbe],
    [0x82, 0x83, 0x84, 0x86, 0x88],
    [0x10, 0x01, 0x61, 0x00],
  ],
]
  .map((bytes): Uint8Array => Uint8Array.from(bytes))
  .concat(
    [
      { ':method': 'GET' },
      { ':path': '/' },
      { ':unknown': 'x' },
      { 'Upper-Case': 'x' },
      { connection: 'close' },
      { 'transfer-encoding': 'chunked' },
      { 'content-length': '5' },
      { te: 'gzip' },
      { 'grpc-timeout': '1n' },
      { 'grpc-timeout': '99999999999H' },
      { 'grpc-encoding': 'gzip' },
      { 'grpc-encoding': 'unknown' },
      { 'x-nul': '\u0000' },
      { 'x-line': 'a\r\nb: c' },
      { '': 'x' },
      { cookie: 'a' },
      { host: 'other' },
    ].map(headerBlock),
  );

/** Inserts many frames that cost the sender nothing. */
function flood(frames: Frame[], at: number, random: Random): void {
  const frame = [
    frameOf(FrameType.ping, 0, 0, new Uint8Array(8)),
    frameOf(FrameType.settings, 0, 0, Uint8Array.of()),
    frameOf(FrameType.data, 0, 1, Uint8Array.of()),
    frameOf(FrameType.windowUpdate, 0, 0, Uint8Array.of(0, 0, 0, 1)),
    frameOf(FrameType.priority, 0, 9, Uint8Array.of(0, 0, 0, 1, 1)),
  ][random(5)];
  if (frame !== undefined && random(4) === 0)
    frames.splice(at, 0, ...Array.from({ length: random(2_000) }, () => frame));
}
