/** An HTTP/2 frame to encode (RFC 9113, 4.1). */
export interface Frame {
  type: number;
  flags: number;
  stream: number;
  payload: Uint8Array;
  /** Difference between the encoded length and the correct one. */
  lengthError: number;
}

/** Frame types. */
export const FrameType = {
  data: 0,
  headers: 1,
  priority: 2,
  rstStream: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

/** Frame flags. */
export const Flag = { endStream: 0x1, ack: 0x1, endHeaders: 0x4, padded: 0x8, priority: 0x20 } as const;

/** The client connection preface. */
export const PREFACE: Uint8Array = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

/** Creates a valid frame. */
export function frameOf(type: number, flags: number, stream: number, payload: Uint8Array): Frame {
  return { type, flags, stream, payload, lengthError: 0 };
}

/** Encodes frames. */
export function writeFrames(frames: readonly Frame[]): Uint8Array {
  return Buffer.concat(
    frames.flatMap(({ type, flags, stream, payload, lengthError }) => {
      const head = Buffer.alloc(9);
      head.writeUIntBE(Math.max(0, payload.length + lengthError) & 0xff_ffff, 0, 3);
      head[3] = type;
      head[4] = flags;
      head.writeUInt32BE(stream >>> 0, 5);
      return [head, payload];
    }),
  );
}

/** Encodes a header block without indexing or Huffman coding (RFC 7541, 6.2.2), which every decoder supports. */
export function headerBlock(fields: Readonly<Record<string, string>>): Uint8Array {
  const text = (value: string) => [Buffer.from([value.length]), Buffer.from(value)];
  return Buffer.concat(
    Object.entries(fields).flatMap(([name, value]) => [Buffer.of(0), ...text(name), ...text(value)]),
  );
}

/** Creates the frames for a call with one message, including the five-byte gRPC prefix. */
export function grpcCall(path: string, stream: number, message: Uint8Array): readonly Frame[] {
  const block = headerBlock({
    ':method': 'POST',
    ':scheme': 'http',
    ':path': path,
    ':authority': '127.0.0.1',
    'content-type': 'application/grpc',
    te: 'trailers',
  });
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  return [
    frameOf(FrameType.headers, Flag.endHeaders, stream, block),
    frameOf(FrameType.data, Flag.endStream, stream, Buffer.concat([prefix, message])),
  ];
}

/**
 * Returns every message in DATA frames of any stream, ignoring other errors: everything that a server forwards must be
 * among them. Parses the bytes as encoded, including incorrect lengths.
 */
export function messagesIn(bytes: Uint8Array): readonly Uint8Array[] {
  const streams = new Map<number, Uint8Array[]>();
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = PREFACE.length; at + 9 <= view.length; ) {
    const length = view.readUIntBE(at, 3);
    const [type, flags] = [view[at + 3] ?? 0, view[at + 4] ?? 0];
    const stream = view.readUInt32BE(at + 5) & 0x7fff_ffff;
    const payload = view.subarray(at + 9, at + 9 + length);
    const padding = type === FrameType.data && flags & Flag.padded ? (payload[0] ?? 0) + 1 : 0;
    const content = padding === 0 ? payload : payload.subarray(1, payload.length - padding + 1);
    if (type === FrameType.data) streams.set(stream, [...(streams.get(stream) ?? []), content]);
    at += 9 + length;
  }
  return [...streams.values()].flatMap((parts) => {
    const whole = Buffer.concat(parts);
    return whole.length < 5 ? [] : [whole.subarray(5, 5 + whole.readUInt32BE(1))];
  });
}
