import type net from 'node:net';
import { writeHeaderBlock } from '../../http2/frame-writer.ts';
import { DEFAULT_MAX_FRAME_BYTES, DEFAULT_WINDOW_BYTES, FLAG, MAX_UINT31 } from '../../http2/frames.ts';
import { HpackEncoder } from '../../http2/hpack/encoder.ts';
import type { PeerSettings } from '../../http2/peer-settings.ts';
import type { ClientStream } from './client-stream.ts';
import type { FrameOutput } from './frame-output.ts';

/**
 * The requests of one connection, and how far the server lets them be sent. They begin in their order, as many at once
 * as the server allows; bodies are written in order too, as far as the windows reach and the socket does not ask to wait.
 */
export class Outgoing {
  readonly #socket: net.Socket;
  readonly #output: FrameOutput;
  readonly #encoder = new HpackEncoder();
  readonly #waiting: ClientStream[] = [];
  /** Streams that have begun and not ended. */
  readonly #begun = new Map<number, ClientStream>();
  /** Those of them whose body has not been sent to its end. */
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

  /** Requests that wait or are on their way. */
  get count(): number {
    return this.#waiting.length + this.#begun.size;
  }

  /** Whether there is an identifier left for a further stream. */
  get hasIds(): boolean {
    return this.#nextId <= MAX_UINT31;
  }

  add(stream: ClientStream): void {
    this.#waiting.push(stream);
  }

  remove(stream: ClientStream): void {
    this.#unsent.delete(stream);
    if (this.#begun.delete(stream.id)) return;
    const place = this.#waiting.indexOf(stream);
    if (place >= 0) this.#waiting.splice(place, 1);
  }

  find(streamId: number): ClientStream | undefined {
    return this.#begun.get(streamId);
  }

  /** Whether there is or was such a stream. */
  knows(streamId: number): boolean {
    return streamId % 2 === 1 && streamId < this.#nextId;
  }

  /** Streams that have begun, oldest first. */
  begun(): readonly ClientStream[] {
    return [...this.#begun.values()];
  }

  /** Takes out what has not begun. */
  takeWaiting(): readonly ClientStream[] {
    return this.#waiting.splice(0);
  }

  /** Puts the server's settings in force; `false` when they make a window too large. */
  apply({ headerTableBytes, maxConcurrentStreams, maxFrameBytes, initialWindowBytes }: PeerSettings): boolean {
    const increment = initialWindowBytes - this.#initialWindow;
    this.#hasSettings = true;
    this.#encoder.setMaxTableBytes(headerTableBytes);
    this.#maxStreams = maxConcurrentStreams;
    this.#maxFrameBytes = Math.min(maxFrameBytes, MAX_SENT_FRAME_BYTES);
    this.#initialWindow = initialWindowBytes;
    return this.begun().every((stream) => stream.widen(increment));
  }

  /** Widens the window of the whole connection; `false` when it gets too large. */
  widen(increment: number): boolean {
    this.#window += increment;
    return this.#window <= MAX_UINT31;
  }

  /** Writes what may be written now. */
  pump(): void {
    if (!this.#hasSettings) return;
    for (const stream of this.#unsent) {
      if (this.#window <= 0 || this.#socket.writableNeedDrain) break;
      this.#sendBody(stream);
    }
    while (this.#begun.size < this.#maxStreams && this.hasIds && !this.#socket.writableNeedDrain) {
      const stream = this.#waiting.shift();
      if (stream === undefined) break;
      this.#begin(stream);
    }
  }

  #begin(stream: ClientStream): void {
    stream.begin(this.#nextId, this.#initialWindow);
    this.#nextId += 2;
    this.#begun.set(stream.id, stream);
    this.#unsent.add(stream);
    const { lasting, passing } = stream.request;
    writeHeaderBlock(this.#output, stream.id, this.#encoder.encode(lasting, passing), false);
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

/** Larger frames would gain nothing, and would hold up other requests. */
const MAX_SENT_FRAME_BYTES = 64 * 1024;
