import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import type { Signal } from '@otelier/otlp';
import type { Authenticator } from '../auth.ts';
import type { Clock } from '../clock.ts';
import { type Coding, compressionOfName, isSupported } from '../compression.ts';
import type { Admission, ExportHandler } from '../contract.ts';
import { parseGrpcTimeout } from '../grpc-status.ts';
import { expandBody, printable } from './body.ts';
import { type Fault, fault, INTERNAL } from './fault.ts';
import { MessageReader } from './grpc-message.ts';
import { faultOfAdmission, type GrpcAnswer, grpcAnswerOfFault, grpcAnswerOfOutcome } from './outcome-mapping.ts';

/** What an OTLP/gRPC server knows when a call arrives. */
export interface CallContext {
  readonly handler: ExportHandler;
  /** Signals by path: `/` service `/Export`. */
  readonly routes: ReadonlyMap<string, Signal>;
  readonly maxMessageBytes: number;
  readonly requestTimeoutMillis: number;
  readonly auth: Authenticator | undefined;
  readonly clock: Clock;
  readonly onInternalError: (error: unknown) => void;
  /** Called once for every call, when its stream has closed. */
  readonly onClosed: (call: Call) => void;
}

/** One unary call. `start` it, and call `expire` when its `deadline` has passed. */
export class Call {
  /** When the call must have been answered, by the context's clock. */
  deadline = Number.POSITIVE_INFINITY;
  readonly #context: CallContext;
  readonly #stream: ServerHttp2Stream;
  readonly #headers: IncomingHttpHeaders;
  #admission: Admission | undefined;
  #answered = false;
  /** The client has sent all that it will. */
  #received = false;
  #exporting = false;

  constructor(context: CallContext, stream: ServerHttp2Stream, headers: IncomingHttpHeaders) {
    this.#context = context;
    this.#stream = stream;
    this.#headers = headers;
  }

  start(): void {
    const stream = this.#stream;
    // A stream that the client resets is an error to Node; to us it is a client that has left.
    stream.on('error', () => {});
    stream.on('close', () => this.#close());
    const status = httpStatusOfStranger(this.#headers);
    if (status !== undefined) this.#answerHttp(status);
    else this.#readMessage(this.#readHead());
  }

  /** Gives the call up: the client no longer waits for it, or has not finished it in time. */
  expire(): void {
    this.#refuse(fault('timed_out', this.#received ? 'the deadline passed' : 'the request did not arrive in time'));
  }

  #readHead(): Head | Fault {
    const contentType = this.#headers['content-type'] ?? '';
    const { routes, auth, clock, requestTimeoutMillis } = this.#context;
    const path = this.#headers[':path'] ?? '';
    const signal = routes.get(path);
    if (signal === undefined) return fault('not_found', `expected a method of OTLP, got ${printable(path)}`);
    if (contentType.startsWith('application/grpc+') && !/^application\/grpc\+proto(?:$|;)/.test(contentType)) {
      return fault('unsupported', `expected application/grpc+proto, got ${printable(contentType)}`);
    }
    const authenticated = auth?.authenticate(this.#headers);
    if (authenticated?.kind === 'unauthenticated') return fault('unauthenticated', authenticated.reason);
    const name = this.#headers['grpc-encoding'];
    const compression = compressionOfName(typeof name === 'string' ? name : name?.[0]);
    if (compression === undefined || (compression !== 'none' && !isSupported(compression))) {
      return fault(
        'unsupported',
        `grpc-encoding: expected one of ${ACCEPTED_ENCODINGS}, got ${printable(String(name))}`,
      );
    }
    const timeout = this.#headers['grpc-timeout'];
    const timeoutMillis = parseGrpcTimeout(typeof timeout === 'string' ? timeout : undefined);
    this.deadline = clock.now() + Math.min(timeoutMillis ?? requestTimeoutMillis, requestTimeoutMillis);
    return { signal, coding: compression === 'none' ? undefined : compression, subject: authenticated?.subject };
  }

  #readMessage(head: Head | Fault): void {
    if ('kind' in head) {
      this.#refuse(head);
      return;
    }
    const reader = new MessageReader(this.#context.maxMessageBytes, (sizeBytes) => this.#admit(sizeBytes));
    this.#stream.on('data', (chunk: Buffer) => {
      if (this.#answered) return;
      const problem = reader.push(chunk);
      if (problem !== undefined) this.#refuse(problem);
    });
    this.#stream.on('end', () => {
      this.#received = true;
      if (this.#answered || this.#stream.aborted) return;
      const message = reader.end();
      if ('kind' in message) this.#refuse(message);
      else this.#export(head, message.body, message.compressed);
    });
  }

  #admit(sizeBytes: number): Fault | undefined {
    const admission = this.#context.handler.admit(sizeBytes);
    if ('kind' in admission) return faultOfAdmission(admission);
    this.#admission = admission;
    return undefined;
  }

  #export(head: Head, message: Uint8Array, compressed: boolean): void {
    this.#exporting = true;
    this.#answerFor(head, message, compressed)
      .then(
        (answer) => this.#answer(answer),
        (error: unknown) => {
          this.#context.onInternalError(error);
          this.#refuse(INTERNAL);
        },
      )
      .finally(() => {
        this.#exporting = false;
        this.#release();
      });
  }

  async #answerFor(head: Head, message: Uint8Array, compressed: boolean): Promise<GrpcAnswer> {
    let body = message;
    if (compressed) {
      const expanded = await this.#expand(head.coding, message);
      if (!(expanded instanceof Uint8Array)) return grpcAnswerOfFault(expanded);
      body = expanded;
    }
    const outcome = await this.#context.handler.export({
      signal: head.signal,
      encoding: 'protobuf',
      body,
      headers: this.#headers,
      subject: head.subject,
      transport: 'grpc',
    });
    return grpcAnswerOfOutcome(outcome, head.signal);
  }

  async #expand(coding: Coding | undefined, message: Uint8Array): Promise<Uint8Array | Fault> {
    if (coding === undefined) return fault('malformed', 'the message is compressed, and no grpc-encoding says how');
    const admission = this.#admission;
    if (admission === undefined) return INTERNAL;
    const expanded = await expandBody(message, coding, this.#context.maxMessageBytes, admission);
    if (expanded.kind === 'body') return expanded.body;
    return expanded.kind === 'fault' ? expanded.fault : INTERNAL;
  }

  #refuse(problem: Fault): void {
    this.#answer(grpcAnswerOfFault(problem));
  }

  #answer({ frame, trailers }: GrpcAnswer): void {
    const stream = this.#stream;
    if (this.#answered) return;
    this.#answered = true;
    this.deadline = Number.POSITIVE_INFINITY;
    if (stream.destroyed || stream.closed) return;
    if (frame !== undefined) {
      stream.respond(RESPONSE_HEADERS, WAIT_FOR_TRAILERS);
      stream.on('wantTrailers', () => stream.sendTrailers(trailers));
      stream.end(frame);
      return;
    }
    stream.respond({ ...RESPONSE_HEADERS, ...trailers }, END_STREAM);
    this.#stopSending();
  }

  /** gRPC's answer to what is not gRPC at all is a plain HTTP status. */
  #answerHttp(status: number): void {
    this.#answered = true;
    this.#stream.respond({ ':status': status }, END_STREAM);
    this.#stopSending();
  }

  /** A client that has its answer need not send the rest (RFC 9113, 8.1). */
  #stopSending(): void {
    if (this.#received) return;
    this.#stream.resume();
    // In the same turn, the reset would overtake the answer and erase it.
    setImmediate(() => this.#stream.close(constants.NGHTTP2_NO_ERROR));
  }

  #close(): void {
    this.#answered = true;
    if (!this.#exporting) this.#release();
    this.#context.onClosed(this);
  }

  #release(): void {
    this.#admission?.release();
    this.#admission = undefined;
  }
}

/** The HTTP status for a request that is not gRPC. */
function httpStatusOfStranger(headers: IncomingHttpHeaders): number | undefined {
  if (headers[':method'] !== 'POST') return 405;
  return /^application\/grpc(?:$|[;+])/.test(headers['content-type'] ?? '') ? undefined : 415;
}

/** What the head of an acceptable call says. */
interface Head {
  readonly signal: Signal;
  readonly coding: Coding | undefined;
  readonly subject: string | undefined;
}

const ACCEPTED_ENCODINGS = 'identity, gzip, deflate, zstd';
const RESPONSE_HEADERS = { ':status': 200, 'content-type': 'application/grpc' };
const WAIT_FOR_TRAILERS = { waitForTrailers: true, sendDate: false };
const END_STREAM = { endStream: true, sendDate: false };
