import type net from 'node:net';
import { writeHeaderBlock } from '../../http2/frame-writer.ts';
import { DEFAULT_MAX_FRAME_BYTES, DEFAULT_WINDOW_BYTES, FLAG, MAX_UINT31 } from '../../http2/frames.ts';
import { HpackEncoder } from '../../http2/hpack/encoder.ts';
import type { PeerSettings } from '../../http2/peer-settings.ts';
import type { ClientStream } from './client-stream.ts';
import type { FrameOutput } from './frame-output.ts';

/**
 * The requests of one connection and their flow control. Requests start in order, up to the server's stream limit.
 * Bodies are also written in order, as far as the windows and the socket allow.
 */
export class Outgoing {
  readonly #socket: net.Socket;
  readonly #output: FrameOutput;
  readonly #encoder = new HpackEncoder();
  readonly #pending: ClientStream[] = [];
  /** Open streams by identifier. */
  readonly #begun = new Map<number, ClientStream>();
  /** Open streams whose request body has not been completely sent. */
  readonly #unsent = new Set<ClientStream>();
  #hasSettings = false;
  #nextId = 1;
  #maxStreams = Number.POSITIVE_INFINITY;
  #maxFrameBytes = DEFAULT_MAX_FRAME_BYTES;
  #initialWindow = DEFAULT_WINDOW_BYTES;
  #window = DEFAULT_WINDOW_BYTES;

  constructor(socket: net.Socket, output: FrameOutput) {
    this.#socket = socket;
    this.#output = output;
  }

  /** Number of pending and open requests. */
  get count(): number {
    return this.#pending.length + this.#begun.size;
  }

  /** Whether another stream identifier is available. */
  get hasIds(): boolean {
    return this.#nextId <= MAX_UINT31;
  }

  add(stream: ClientStream): void {
    this.#pending.push(stream);
  }

  remove(stream: ClientStream): void {
    this.#unsent.delete(stream);
    if (this.#begun.delete(stream.id)) return;
    const index = this.#pending.indexOf(stream);
    if (index >= 0) this.#pending.splice(index, 1);
  }

  find(streamId: number): ClientStream | undefined {
    return this.#begun.get(streamId);
  }

  /** Reports whether the stream is or was open. */
  hasBegun(streamId: number): boolean {
    return streamId % 2 === 1 && streamId < this.#nextId;
  }

  /** Returns the open streams, oldest first. */
  begun(): readonly ClientStream[] {
    return [...this.#begun.values()];
  }

  /** Removes and returns the pending requests. */
  removePending(): readonly ClientStream[] {
    return this.#pending.splice(0);
  }

  /** Applies the server's settings. Returns `false` if they make a window exceed the maximum. */
  apply({ headerTableBytes, maxConcurrentStreams, maxFrameBytes, initialWindowBytes }: PeerSettings): boolean {
    const increment = initialWindowBytes - this.#initialWindow;
    this.#hasSettings = true;
    this.#encoder.setMaxTableBytes(headerTableBytes);
    this.#maxStreams = maxConcurrentStreams;
    this.#maxFrameBytes = Math.min(maxFrameBytes, MAX_SENT_FRAME_BYTES);
    this.#initialWindow = initialWindowBytes;
    return this.begun().every((stream) => stream.widen(increment));
  }

  /** Enlarges the connection window. Returns `false` if it exceeds the maximum. */
  widen(increment: number): boolean {
    this.#window += increment;
    return this.#window <= MAX_UINT31;
  }

  /** Writes as many bytes as the windows and the socket currently allow. */
  pump(): void {
    if (!this.#hasSettings) return;
    for (const stream of this.#unsent) {
      if (this.#window <= 0 || this.#socket.writableNeedDrain) break;
      this.#sendBody(stream);
    }
    while (this.#begun.size < this.#maxStreams && this.hasIds && !this.#socket.writableNeedDrain) {
      const stream = this.#pending.shift();
      if (stream === undefined) break;
      this.#begin(stream);
    }
  }

  #begin(stream: ClientStream): void {
    stream.begin(this.#nextId, this.#initialWindow);
    this.#nextId += 2;
    this.#begun.set(stream.id, stream);
    this.#unsent.add(stream);
    const { repeated, extra } = stream.request;
    writeHeaderBlock(this.#output, stream.id, this.#encoder.encode(repeated, extra), false);
    this.#sendBody(stream);
  }

  #sendBody(stream: ClientStream): void {
    const frameBytes = () => Math.min(stream.unsent, stream.window, this.#window, this.#maxFrameBytes);
    for (let sizeBytes = frameBytes(); sizeBytes > 0; sizeBytes = frameBytes()) {
      this.#window -= sizeBytes;
      const flags = sizeBytes === stream.unsent ? FLAG.END_STREAM : 0;
      this.#output.beginData(stream.id, sizeBytes, flags);
      stream.writeBody(this.#output, sizeBytes);
    }
    if (stream.unsent === 0) this.#unsent.delete(stream);
  }
}

/** Larger frames gain nothing and delay other requests. */
const MAX_SENT_FRAME_BYTES = 64 * 1024;
