import { decompress } from '@otelier/transport/compression';
import { entryOf } from '../elasticsearch_bulk/document.ts';
import { type FrameProtocol, type FrameSink, ProtocolError } from '../framed_logs/connection.ts';
import { parseDocument } from '../json_documents/parse-document.ts';

const VERSION = 0x32;
/** Types of frames. */
const WINDOW = 0x57;
const JSON_DATA = 0x4a;
const COMPRESSED = 0x43;
const ACKNOWLEDGMENT = 0x41;
/** Sizes of frames without their payload. */
const HEADS: Readonly<Record<number, number>> = { [WINDOW]: 6, [JSON_DATA]: 10, [COMPRESSED]: 6 };

/** An acknowledgment of 0 events keeps a waiting sender from sending them again. */
const KEEP_ALIVE = acknowledgmentOf(0);

/**
 * Version 2 of the Lumberjack protocol, which Beats speak: windows of events in JSON, acknowledged by the sequence number of
 * the last one. A part of a window may be acknowledged.
 */
export class BeatsProtocol implements FrameProtocol {
  readonly keepAlive: Uint8Array = KEEP_ALIVE;
  readonly #maxBytes: number;
  #last: number | undefined;
  #finished: Uint8Array[] = [];

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  frameSize(bytes: Uint8Array): number | undefined {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (view.getUint8(0) !== VERSION) throw new ProtocolError(`expected version 2, got the byte ${view.getUint8(0)}`);
    if (bytes.length < 2) return undefined;
    const type = view.getUint8(1);
    const head = HEADS[type];
    if (head === undefined) throw new ProtocolError(`expected a frame of type W, J or C, got the byte ${type}`);
    if (bytes.length < head) return undefined;
    const size = type === WINDOW ? head : head + view.getUint32(head - 4);
    if (size > this.#maxBytes)
      throw new ProtocolError(`expected a frame of at most ${this.#maxBytes} bytes, got ${size}`);
    return size <= bytes.length ? size : undefined;
  }

  async receive(frame: Uint8Array, sink: FrameSink): Promise<void> {
    if (frame[1] !== COMPRESSED) return this.#receive(frame, sink);
    const result = await decompress('deflate', frame.subarray(6), { maxBytes: this.#maxBytes });
    if (result.kind === 'malformed') throw new ProtocolError(`frame C: expected zlib, got ${result.reason}`);
    if (result.kind !== 'ok')
      throw new ProtocolError(`frame C: expected at most ${this.#maxBytes} bytes after decompression, got more`);
    for (let rest = result.body; rest.length > 0; ) {
      const size = this.frameSize(rest);
      if (size === undefined) throw new ProtocolError('frame C: expected complete frames, got a part of one');
      if (rest[1] === COMPRESSED) throw new ProtocolError('frame C: expected events, got another frame C');
      await this.#receive(rest.subarray(0, size), sink);
      rest = rest.subarray(size);
    }
  }

  acknowledge(): Uint8Array | undefined {
    this.#finishWindow();
    const acknowledgments = this.#finished.splice(0);
    return acknowledgments.length === 0 ? undefined : Buffer.concat(acknowledgments);
  }

  async #receive(frame: Uint8Array, sink: FrameSink): Promise<void> {
    const bytes = Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength);
    if (bytes[1] === WINDOW) {
      // Sequence numbers begin again with each window.
      this.#finishWindow();
      return;
    }
    const document = parseDocument(bytes.toString('utf8', 10));
    if (typeof document === 'string') throw new ProtocolError(`frame J: expected an event in JSON: ${document}`);
    // Instructions for the output of the agent, such as the name of an index.
    document.delete('@metadata');
    await sink.add(entryOf(document, { index: '', id: undefined }, sink.observedNanos));
    this.#last = bytes.readUInt32BE(2);
  }

  #finishWindow(): void {
    if (this.#last !== undefined) this.#finished.push(acknowledgmentOf(this.#last));
    this.#last = undefined;
  }
}

function acknowledgmentOf(sequence: number): Uint8Array {
  const bytes = Buffer.from([VERSION, ACKNOWLEDGMENT, 0, 0, 0, 0]);
  bytes.writeUInt32BE(sequence, 2);
  return bytes;
}
