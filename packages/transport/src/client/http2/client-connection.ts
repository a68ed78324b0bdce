import type net from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Clock } from '../../clock.ts';
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
 * One HTTP/2 connection to a server, from the attempt to open it to its end. Requests begin once the server has sent
 * its settings. When it takes no further ones, those that it has not looked at end as `unprocessed`. Without requests it
 * keeps no program alive.
 */
export class ClientConnection {
  /** Rises whenever anything comes from the server. */
  heardCount = 0;
  readonly #socket: net.Socket;
  readonly #output: FrameOutput;
  readonly #outgoing: Outgoing;
  readonly #frames: PeerFrames;
  readonly #probe: Probe | undefined;
  #hasSettings = false;
  #isRetired = false;
  /** Bytes of DATA that the server has not been told of as read. */
  #unreported = 0;
  /** Frames written only because the server asked, since it last took all that we had. */
  #owedFrames = 0;

  /** `socket` is one that connects, with ALPN `h2` where it is TLS. */
  constructor(socket: net.Socket, keepalive: ClientKeepalive | undefined, clock: Clock) {
    this.#socket = socket;
    this.#output = new FrameOutput(socket);
    this.#outgoing = new Outgoing(socket, this.#output);
    this.#frames = new PeerFrames(this.#events());
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('drain', () => this.#send());
    socket.on('error', (error) => this.#fail(wordsOf(error)));
    socket.on('end', () => this.#fail(CLOSED));
    socket.on('close', () => this.#fail(CLOSED));
    socket.on('secureConnect', () => {
      if (socket instanceof TLSSocket && socket.alpnProtocol !== 'h2') {
        this.#fail('the server does not offer HTTP/2 over TLS (ALPN h2), which gRPC needs');
      }
    });
    const start = this.#output.reserve(PREFACE.length);
    this.#output.bytes.set(PREFACE, start);
    writeSettings(this.#output, OUR_SETTINGS);
    this.#send();
    if (keepalive !== undefined) this.#probe = new Probe(keepalive, clock, this.#probed());
  }

  /** Whether further requests may go here. */
  get isUsable(): boolean {
    return !this.#isRetired && this.#outgoing.hasIds;
  }

  /** Sends a request as soon as may be. `onEnd` is called once, and never before this returns. */
  request(request: ClientRequest, onEnd: (end: StreamEnd) => void): ClientStream {
    const stream = new ClientStream(request, onEnd);
    this.#socket.ref();
    this.#outgoing.add(stream);
    this.#send();
    return stream;
  }

  /** Gives a request up; its `onEnd` is not called any more. */
  cancel(stream: ClientStream): void {
    stream.abandon();
    if (this.#outgoing.find(stream.id) !== undefined) this.#writeReset(stream, ERROR_CODE.CANCEL);
    this.#leave(stream);
    this.#send();
  }

  /** Takes no further requests, and closes once those on their way have ended. */
  retire(): void {
    this.#isRetired = true;
    for (const stream of this.#outgoing.takeWaiting()) stream.end({ kind: 'unprocessed', reason: CLOSED });
    this.#closeIfDone();
  }

  /** As `retire`, and resolves once all has ended. */
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
      onRejection: (code, reason) => this.#rejection(code, reason),
    };
  }

  #onSettings(settings: PeerSettings): void {
    this.#hasSettings = true;
    writeSettingsAck(this.#output);
    this.#owe();
    if (!this.#outgoing.apply(settings)) this.#rejection(ERROR_CODE.FLOW_CONTROL_ERROR, 'a window is too large');
  }

  #onPing(isAck: boolean, payload: Uint8Array): void {
    if (isAck) {
      this.#probe?.answered();
      return;
    }
    writeFrame(this.#output, FRAME.PING, FLAG.ACK, 0, payload);
    this.#owe();
  }

  #onGoaway(lastStreamId: number, code: number, text: string): void {
    const reason = `the server wants no further requests (${nameOf(code)}${text === '' ? '' : `: ${text}`})`;
    for (const stream of this.#outgoing.begun()) {
      if (stream.id > lastStreamId) this.#end(stream, { kind: 'unprocessed', reason });
    }
    this.retire();
  }

  #onWindow(streamId: number, increment: number): void {
    if (streamId === 0) {
      if (increment === 0) this.#rejection(ERROR_CODE.PROTOCOL_ERROR, 'a window grows by nothing');
      else if (!this.#outgoing.widen(increment)) {
        this.#rejection(ERROR_CODE.FLOW_CONTROL_ERROR, 'a window is too large');
      }
      return;
    }
    const stream = this.#find(streamId);
    if (stream === undefined) return;
    if (increment === 0) this.#reset(stream, ERROR_CODE.PROTOCOL_ERROR, 'a window grows by nothing');
    else if (!stream.widen(increment)) this.#reset(stream, ERROR_CODE.FLOW_CONTROL_ERROR, 'a window is too large');
  }

  #onReset(streamId: number, code: number): void {
    const stream = this.#find(streamId);
    if (stream === undefined) return;
    const kind = code === ERROR_CODE.REFUSED_STREAM ? 'unprocessed' : 'broken';
    this.#end(stream, { kind, reason: `the server gave the request up (${nameOf(code)})` });
  }

  #onHeaders(streamId: number, block: HeaderBlock | HpackError, endsStream: boolean): void {
    const stream = this.#find(streamId);
    if (stream === undefined) return;
    if (block.kind !== 'block') {
      this.#reset(stream, ERROR_CODE.CANCEL, block.reason);
      return;
    }
    const fieldError = block.malformed ?? positionError(stream, block, endsStream);
    if (fieldError !== undefined) this.#reset(stream, ERROR_CODE.PROTOCOL_ERROR, `a malformed response, ${fieldError}`);
    else if (stream.headers !== undefined) this.#finish(stream, stream.headers, block.fields);
    else if (endsStream) this.#finish(stream, block.fields, undefined);
    // RFC 9113, 8.1: any number of interim responses may come first.
    else if (!String(block.fields[':status']).startsWith('1')) stream.headers = block.fields;
  }

  #onDataSize(streamId: number, sizeBytes: number): void {
    this.#unreported = this.#report(0, this.#unreported + sizeBytes);
    const stream = this.#find(streamId);
    if (stream === undefined) return;
    if (stream.headers === undefined) {
      this.#reset(stream, ERROR_CODE.PROTOCOL_ERROR, 'a malformed response, data before headers');
    } else stream.unreported = this.#report(streamId, stream.unreported + sizeBytes);
  }

  #onDataEnd(streamId: number): void {
    const stream = this.#outgoing.find(streamId);
    if (stream?.headers !== undefined) this.#finish(stream, stream.headers, undefined);
  }

  /** Gives the server its window back once half of it is used up; returns what is still to be given back. */
  #report(streamId: number, unreported: number): number {
    if (unreported < REPORTED_BYTES) return unreported;
    writeNumberFrame(this.#output, FRAME.WINDOW_UPDATE, streamId, unreported);
    return 0;
  }

  #read(chunk: Buffer): void {
    this.heardCount += 1;
    this.#frames.push(chunk);
    this.#send();
  }

  /** Hands everything that may be sent to the socket. */
  #send(): void {
    if (!this.#socket.writable) return;
    this.#outgoing.pump();
    this.#output.flush();
  }

  /** `undefined` for a stream that has ended; one that never was is a fault. */
  #find(streamId: number): ClientStream | undefined {
    if (!this.#outgoing.knows(streamId)) this.#rejection(ERROR_CODE.PROTOCOL_ERROR, `there is no stream ${streamId}`);
    return this.#outgoing.find(streamId);
  }

  #finish(stream: ClientStream, headers: HeaderFields, trailers: HeaderFields | undefined): void {
    // The server has answered without the rest of the request, so it need not come (RFC 9113, 8.1).
    if (stream.unsent > 0) this.#writeReset(stream, ERROR_CODE.CANCEL);
    this.#leave(stream);
    stream.finish(headers, trailers);
  }

  #reset(stream: ClientStream, code: ErrorCode, reason: string): void {
    this.#writeReset(stream, code);
    this.#end(stream, { kind: 'broken', reason });
  }

  #writeReset(stream: ClientStream, code: ErrorCode): void {
    writeNumberFrame(this.#output, FRAME.RST_STREAM, stream.id, code);
  }

  #end(stream: ClientStream, end: StreamEnd): void {
    this.#leave(stream);
    stream.end(end);
  }

  #leave(stream: ClientStream): void {
    this.#outgoing.remove(stream);
    if (this.#outgoing.count === 0) this.#socket.unref();
    this.#closeIfDone();
  }

  /** Bounds what is written for a server that asks and asks, and does not read. */
  #owe(): void {
    this.#owedFrames = this.#socket.writableLength === 0 ? 0 : this.#owedFrames + 1;
    if (this.#owedFrames > MAX_OWED_FRAMES) this.#rejection(ERROR_CODE.ENHANCE_YOUR_CALM, 'too many frames to answer');
  }

  #probed() {
    return {
      isBusy: () => this.#outgoing.count > 0,
      ping: () => {
        writeFrame(this.#output, FRAME.PING, 0, 0, PING_PAYLOAD);
        this.#send();
      },
      onSilence: () => this.#fail('the server did not answer a ping'),
    };
  }

  #closeIfDone(): void {
    if (!this.#isRetired || this.#outgoing.count > 0 || !this.#socket.writable) return;
    this.#probe?.stop();
    this.#frames.stop();
    // To a server that does not read, a farewell would never get through.
    if (this.#hasSettings && this.#socket.writableLength === 0) {
      writeGoaway(this.#output, 0, ERROR_CODE.NO_ERROR, '');
      this.#output.flush();
      this.#socket.destroySoon();
    } else this.#socket.destroy();
  }

  /** A breach of the protocol, of which the server is told. */
  #rejection(code: ErrorCode, reason: string): void {
    writeGoaway(this.#output, 0, code, reason);
    if (this.#socket.writable) this.#output.flush();
    this.#fail(reason);
  }

  #fail(reason: string): void {
    this.#isRetired = true;
    this.#probe?.stop();
    this.#frames.stop();
    this.#socket.destroy();
    // What has not been sent over a connection that worked may go over another one.
    const kind = this.#hasSettings ? 'unprocessed' : 'broken';
    for (const stream of this.#outgoing.takeWaiting()) stream.end({ kind, reason });
    for (const stream of this.#outgoing.begun()) this.#end(stream, { kind: 'broken', reason });
  }
}

/** Why a header block must not come at this point of a response. */
function positionError(stream: ClientStream, block: HeaderBlock, endsStream: boolean): string | undefined {
  if (stream.headers === undefined) {
    return /^\d{3}$/.test(String(block.fields[':status'])) ? undefined : 'without a status';
  }
  if (block.hasPseudo) return 'with pseudo-header fields in its trailers';
  return endsStream ? undefined : 'with trailers that do not end it';
}

/** Of several attempts to connect, only their own errors say what they met. */
function wordsOf(error: Error): string {
  if (!(error instanceof AggregateError)) return error.message;
  return error.errors.map((each) => (each instanceof Error ? each.message : String(each))).join(', ');
}

function nameOf(code: number): string {
  return ERROR_NAMES.get(code) ?? `error ${code}`;
}

const ERROR_NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(ERROR_CODE).map(([name, code]) => [code, name]),
);

const CLOSED = 'the connection was closed before an answer';

const OUR_SETTINGS: readonly (readonly [id: number, value: number])[] = [
  [SETTING.ENABLE_PUSH, 0],
  [SETTING.MAX_HEADER_LIST_SIZE, MAX_HEADER_LIST_BYTES],
];

const PING_PAYLOAD = new Uint8Array(8);
const REPORTED_BYTES = DEFAULT_WINDOW_BYTES >> 1;
const MAX_OWED_FRAMES = 10_000;
