import type net from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Clock } from '../../clock.ts';
import { errorMessage } from '../../error-message.ts';
import {
  writeFrame,
  writeGoaway,
  writeNumberFrame,
  writeSettings,
  writeSettingsAck,
} from '../../http2/frame-writer.ts';
import { DEFAULT_WINDOW_BYTES, ERROR_CODE, type ErrorCode, FLAG, FRAME, PREFACE, SETTING } from '../../http2/frames.ts';
import type { HpackError } from '../../http2/hpack/decoder.ts';
import type { HeaderBlock, HeaderFields } from '../../http2/hpack/header-block.ts';
import type { PeerSettings } from '../../http2/peer-settings.ts';
import { type ClientRequest, ClientStream, type StreamEnd } from './client-stream.ts';
import { FrameOutput } from './frame-output.ts';
import { type ClientKeepalive, Probe } from './keepalive.ts';
import { Outgoing } from './outgoing.ts';
import { MAX_HEADER_LIST_BYTES, type PeerEvents, PeerFrames } from './peer-frames.ts';

/**
 * An HTTP/2 client connection, from connecting to closing. Requests are sent once the server's settings have arrived.
 * When the server stops accepting requests, unprocessed ones end as `unprocessed`. An idle connection does not keep the
 * process alive.
 */
export class ClientConnection {
  /** Number of reads, incremented whenever the server sends anything. */
  readCount = 0;
  readonly #socket: net.Socket;
  readonly #output: FrameOutput;
  readonly #outgoing: Outgoing;
  readonly #frames: PeerFrames;
  readonly #probe: Probe | undefined;
  #hasSettings = false;
  #isRetired = false;
  /** Received DATA bytes not yet returned to the server through WINDOW_UPDATE. */
  #unreported = 0;
  /** Number of reply frames (such as acknowledgments) written since the output was last empty. */
  #replyFrames = 0;

  /** `socket` is connecting, with ALPN `h2` if it uses TLS. */
  constructor(socket: net.Socket, keepalive: ClientKeepalive | undefined, clock: Clock) {
    this.#socket = socket;
    this.#output = new FrameOutput(socket);
    this.#outgoing = new Outgoing(socket, this.#output);
    this.#frames = new PeerFrames(this.#events());
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('drain', () => this.#send());
    socket.on('error', (error) => this.#fail(errorMessage(error)));
    socket.on('end', () => this.#fail(CLOSED));
    socket.on('close', () => this.#fail(CLOSED));
    socket.on('secureConnect', () => {
      if (socket instanceof TLSSocket && socket.alpnProtocol !== 'h2') {
        this.#fail('the server does not offer HTTP/2 over TLS (ALPN h2), which gRPC needs');
      }
    });
    const start = this.#output.reserve(PREFACE.length);
    this.#output.bytes.set(PREFACE, start);
    writeSettings(this.#output, CLIENT_SETTINGS);
    this.#send();
    if (keepalive !== undefined) this.#probe = new Probe(keepalive, clock, this.#probed());
  }

  /** Whether the connection accepts further requests. */
  get isUsable(): boolean {
    return !this.#isRetired && this.#outgoing.hasIds;
  }

  /** Sends a request as soon as possible. `onEnd` is called exactly once, after `request` has returned. */
  request(request: ClientRequest, onEnd: (end: StreamEnd) => void): ClientStream {
    const stream = new ClientStream(request, onEnd);
    this.#socket.ref();
    this.#outgoing.add(stream);
    this.#send();
    return stream;
  }

  /** Cancels a request without calling its `onEnd`. */
  cancel(stream: ClientStream): void {
    stream.abandon();
    if (this.#outgoing.find(stream.id) !== undefined) this.#writeReset(stream, ERROR_CODE.CANCEL);
    this.#remove(stream);
    this.#send();
  }

  /** Stops accepting requests and closes the connection once those in flight have ended. */
  retire(): void {
    this.#isRetired = true;
    for (const stream of this.#outgoing.removePending()) stream.end({ kind: 'unprocessed', reason: CLOSED });
    this.#closeIfDone();
  }

  /** Retires the connection and resolves when it has closed. */
  async close(): Promise<void> {
    if (!this.#hasSettings) this.#fail('the client has been shut down');
    this.#socket.ref();
    this.retire();
    if (!this.#socket.closed) await new Promise<void>((resolve) => this.#socket.once('close', () => resolve()));
  }

  #events(): PeerEvents {
    return {
      onSettings: (settings) => this.#onSettings(settings),
      onPing: (isAck, payload) => this.#onPing(isAck, payload),
      onGoaway: (lastStreamId, code, text) => this.#onGoaway(lastStreamId, code, text),
      onWindow: (streamId, increment) => this.#onWindow(streamId, increment),
      onReset: (streamId, code) => this.#onReset(streamId, code),
      onHeaders: (streamId, block, endsStream) => this.#onHeaders(streamId, block, endsStream),
      onDataSize: (streamId, sizeBytes) => this.#onDataSize(streamId, sizeBytes),
      onData: (streamId, piece) => this.#outgoing.find(streamId)?.receive(piece),
      onDataEnd: (streamId) => this.#onDataEnd(streamId),
      onViolation: (code, reason) => this.#violation(code, reason),
    };
  }

  #onSettings(settings: PeerSettings): void {
    this.#hasSettings = true;
    writeSettingsAck(this.#output);
    this.#countReply();
    if (!this.#outgoing.apply(settings)) this.#violation(ERROR_CODE.FLOW_CONTROL_ERROR, WINDOW_TOO_LARGE);
  }

  #onPing(isAck: boolean, payload: Uint8Array): void {
    if (isAck) {
      this.#probe?.acknowledged();
      return;
    }
    writeFrame(this.#output, FRAME.PING, FLAG.ACK, 0, payload);
    this.#countReply();
  }

  #onGoaway(lastStreamId: number, code: number, text: string): void {
    const reason = `the server closes the connection (${nameOf(code)}${text === '' ? '' : `: ${text}`})`;
    for (const stream of this.#outgoing.begun()) {
      if (stream.id > lastStreamId) this.#end(stream, { kind: 'unprocessed', reason });
    }
    this.retire();
  }

  #onWindow(streamId: number, increment: number): void {
    if (streamId === 0) {
      if (increment === 0) this.#violation(ERROR_CODE.PROTOCOL_ERROR, NO_INCREMENT);
      else if (!this.#outgoing.widen(increment)) {
        this.#violation(ERROR_CODE.FLOW_CONTROL_ERROR, WINDOW_TOO_LARGE);
      }
      return;
    }
    const stream = this.#find(streamId);
    if (stream === undefined) return;
    if (increment === 0) this.#reset(stream, ERROR_CODE.PROTOCOL_ERROR, NO_INCREMENT);
    else if (!stream.widen(increment)) this.#reset(stream, ERROR_CODE.FLOW_CONTROL_ERROR, WINDOW_TOO_LARGE);
  }

  #onReset(streamId: number, code: number): void {
    const stream = this.#find(streamId);
    if (stream === undefined) return;
    const kind = code === ERROR_CODE.REFUSED_STREAM ? 'unprocessed' : 'broken';
    this.#end(stream, { kind, reason: `the server reset the stream (${nameOf(code)})` });
  }

  #onHeaders(streamId: number, block: HeaderBlock | HpackError, endsStream: boolean): void {
    const stream = this.#find(streamId);
    if (stream === undefined) return;
    if (block.kind !== 'block') {
      this.#reset(stream, ERROR_CODE.CANCEL, block.reason);
      return;
    }
    const fieldError = block.malformed ?? positionError(stream, block, endsStream);
    if (fieldError !== undefined) this.#reset(stream, ERROR_CODE.PROTOCOL_ERROR, `malformed response: ${fieldError}`);
    else if (stream.headers !== undefined) this.#finish(stream, stream.headers, block.fields);
    else if (endsStream) this.#finish(stream, block.fields, undefined);
    // RFC 9113, 8.1: any number of interim responses may precede the final one.
    else if (!String(block.fields[':status']).startsWith('1')) stream.headers = block.fields;
  }

  #onDataSize(streamId: number, sizeBytes: number): void {
    this.#unreported = this.#report(0, this.#unreported + sizeBytes);
    const stream = this.#find(streamId);
    if (stream === undefined) return;
    if (stream.headers === undefined) {
      this.#reset(stream, ERROR_CODE.PROTOCOL_ERROR, 'malformed response: expected headers before data');
    } else stream.unreported = this.#report(streamId, stream.unreported + sizeBytes);
  }

  #onDataEnd(streamId: number): void {
    const stream = this.#outgoing.find(streamId);
    if (stream?.headers !== undefined) this.#finish(stream, stream.headers, undefined);
  }

  /** Sends WINDOW_UPDATE once half of the window has been consumed. Returns the number of bytes still unreported. */
  #report(streamId: number, unreported: number): number {
    if (unreported < REPORTED_BYTES) return unreported;
    writeNumberFrame(this.#output, FRAME.WINDOW_UPDATE, streamId, unreported);
    return 0;
  }

  #read(chunk: Buffer): void {
    this.readCount += 1;
    this.#frames.push(chunk);
    this.#send();
  }

  /** Passes all frames that may be sent to the socket. */
  #send(): void {
    if (!this.#socket.writable) return;
    this.#outgoing.pump();
    this.#output.flush();
  }

  /** Returns an open stream, or `undefined` if it has closed. Fails the connection if the stream never existed. */
  #find(streamId: number): ClientStream | undefined {
    if (!this.#outgoing.hasBegun(streamId))
      this.#violation(ERROR_CODE.PROTOCOL_ERROR, `expected an open stream, got ${streamId}`);
    return this.#outgoing.find(streamId);
  }

  #finish(stream: ClientStream, headers: HeaderFields, trailers: HeaderFields | undefined): void {
    // The server responded before the request was complete, so the rest is not needed (RFC 9113, 8.1).
    if (stream.unsent > 0) this.#writeReset(stream, ERROR_CODE.CANCEL);
    this.#remove(stream);
    stream.finish(headers, trailers, stream.unsent === 0 && stream.bodyEnd <= this.#output.sentPosition);
  }

  #reset(stream: ClientStream, code: ErrorCode, reason: string): void {
    this.#writeReset(stream, code);
    this.#end(stream, { kind: 'broken', reason });
  }

  #writeReset(stream: ClientStream, code: ErrorCode): void {
    writeNumberFrame(this.#output, FRAME.RST_STREAM, stream.id, code);
  }

  #end(stream: ClientStream, end: StreamEnd): void {
    this.#remove(stream);
    stream.end(end);
  }

  #remove(stream: ClientStream): void {
    this.#outgoing.remove(stream);
    if (this.#outgoing.count === 0) this.#socket.unref();
    this.#closeIfDone();
  }

  /** Limits the output buffered for a server that keeps requesting replies without reading them. */
  #countReply(): void {
    this.#replyFrames = this.#socket.writableLength === 0 ? 0 : this.#replyFrames + 1;
    if (this.#replyFrames > MAX_REPLY_FRAMES) this.#violation(ERROR_CODE.ENHANCE_YOUR_CALM, 'too many unread replies');
  }

  #probed() {
    return {
      isBusy: () => this.#outgoing.count > 0,
      ping: () => {
        writeFrame(this.#output, FRAME.PING, 0, 0, PING_PAYLOAD);
        this.#send();
      },
      onSilence: () => this.#fail('the server did not acknowledge a ping'),
    };
  }

  #closeIfDone(): void {
    if (!this.#isRetired || this.#outgoing.count > 0 || !this.#socket.writable) return;
    this.#probe?.stop();
    this.#frames.stop();
    // GOAWAY would never reach a server that is not reading.
    if (this.#hasSettings && this.#socket.writableLength === 0) {
      writeGoaway(this.#output, 0, ERROR_CODE.NO_ERROR, '');
      this.#output.flush();
      this.#socket.destroySoon();
    } else this.#socket.destroy();
  }

  /** Reports a protocol violation to the server and closes the connection. */
  #violation(code: ErrorCode, reason: string): void {
    writeGoaway(this.#output, 0, code, reason);
    if (this.#socket.writable) this.#output.flush();
    this.#fail(reason);
  }

  #fail(reason: string): void {
    this.#isRetired = true;
    this.#probe?.stop();
    this.#frames.stop();
    this.#socket.destroy();
    // Unsent requests of a working connection can be sent on another one.
    const kind = this.#hasSettings ? 'unprocessed' : 'broken';
    for (const stream of this.#outgoing.removePending()) stream.end({ kind, reason });
    for (const stream of this.#outgoing.begun()) this.#end(stream, { kind: 'broken', reason });
  }
}

/** Returns why a header block is not allowed at this point of a response, or `undefined` if it is. */
function positionError(stream: ClientStream, block: HeaderBlock, endsStream: boolean): string | undefined {
  if (stream.headers === undefined) {
    return /^\d{3}$/.test(String(block.fields[':status'])) ? undefined : 'expected a :status';
  }
  if (block.hasPseudo) return 'expected trailers without pseudo-header fields';
  return endsStream ? undefined : 'expected trailers with END_STREAM';
}

function nameOf(code: number): string {
  return ERROR_NAMES.get(code) ?? `error ${code}`;
}

const ERROR_NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(ERROR_CODE).map(([name, code]) => [code, name]),
);

const CLOSED = 'the connection closed before a response';

const CLIENT_SETTINGS: readonly (readonly [id: number, value: number])[] = [
  [SETTING.ENABLE_PUSH, 0],
  [SETTING.MAX_HEADER_LIST_SIZE, MAX_HEADER_LIST_BYTES],
];

const WINDOW_TOO_LARGE = 'expected a window of at most 31 bits';
const NO_INCREMENT = 'expected a WINDOW_UPDATE above 0';
const PING_PAYLOAD = new Uint8Array(8);
const REPORTED_BYTES = DEFAULT_WINDOW_BYTES >> 1;
const MAX_REPLY_FRAMES = 10_000;
