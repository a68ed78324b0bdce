import type { Outcome, Signal } from '@otelier/otlp';
import type { Admission } from '../../admission.ts';
import type { Authenticator, RequestHeaders } from '../../auth.ts';
import type { Coding } from '../../compression/compression.ts';
import type { ExportHandler } from '../../contract.ts';
import { expandBody, type ReadBody } from '../decompress-body.ts';
import type { IncomingRequest } from '../incoming-request.ts';
import type { IncomingRequests } from '../incoming-requests.ts';
import {
  type GrpcResponse,
  grpcResponseForOutcome,
  grpcResponseForRejection,
  rejectionForAdmission,
} from '../outcome-mapping.ts';
import { INTERNAL, type Rejection, rejection } from '../rejection.ts';
import type { RequestSource } from '../request-source.ts';
import type { GrpcHead, NonGrpcResponse } from './head.ts';
import { type MessageMemory, MessageReader } from './message.ts';

/** What a gRPC server knows when a call arrives. */
export interface CallContext {
  readonly handler: ExportHandler;
  readonly admit: ExportHandler['admit'];
  /** Requests whose bodies are arriving. */
  readonly incoming: IncomingRequests;
  readonly maxMessageBytes: number;
  readonly requestTimeoutMillis: number;
  readonly auth: Authenticator | undefined;
  readonly onInternalError: (error: unknown) => void;
}

/** The stream that a call answers on, whoever speaks HTTP/2 for it. */
export interface CallStream {
  /** The connection that it is on. */
  readonly source: RequestSource;
  /** Sends the answer; a client that still sends is told to stop. Once a call, and not after `gone`. */
  response(response: GrpcResponse): void;
  /** Sends a plain answer of HTTP. */
  respondToNonGrpcClient(response: NonGrpcResponse): void;
  /** Answered or gone, and the handler has settled: nothing of the call is left. */
  over(): void;
}

/** One unary call from its head to its answer. The object serves further calls, each from `begin` to `over`. */
export class Call implements MessageMemory {
  /** When the call must have been answered. */
  deadline = Number.POSITIVE_INFINITY;
  readonly #context: CallContext;
  readonly #stream: CallStream;
  readonly #message: MessageReader;
  #stage: Stage = 'over';
  #isExporting = false;
  #headers: RequestHeaders = NO_HEADERS;
  #signal: Signal = 'traces';
  #coding: Coding | undefined;
  #subject: string | undefined;
  #nonGrpcClient: NonGrpcResponse | undefined;
  #thrownAway = 0;
  #admission: Admission | undefined;
  #request: IncomingRequest | undefined;

  constructor(context: CallContext, stream: CallStream) {
    this.#context = context;
    this.#stream = stream;
    this.#message = new MessageReader(context.maxMessageBytes, this);
  }

  /** Bytes of the message that are still to come and for which there is memory. */
  get wantedBytes(): number {
    return this.#stage === 'reading' ? this.#message.wantedBytes : 0;
  }

  begin(head: GrpcHead, headers: RequestHeaders, nowMillis: number): void {
    const { auth, requestTimeoutMillis } = this.#context;
    this.#stage = 'reading';
    this.#headers = headers;
    this.#subject = undefined;
    this.deadline = nowMillis + requestTimeoutMillis;
    if (head.kind === 'nonGrpc') {
      this.#stage = 'nonGrpc';
      this.#nonGrpcClient = head.response;
      this.#thrownAway = 0;
      return;
    }
    if (auth !== undefined) {
      const authenticated = auth.authenticate(headers);
      if (authenticated.kind === 'unauthenticated') {
        this.#refuse(rejection('unauthenticated', authenticated.reason));
        return;
      }
      this.#subject = authenticated.subject;
    }
    if (head.kind === 'rejection') {
      this.#refuse(head.rejection);
      return;
    }
    this.#signal = head.signal;
    this.#coding = head.coding;
    const { timeoutMillis } = head;
    if (timeoutMillis !== undefined && timeoutMillis < requestTimeoutMillis) this.deadline = nowMillis + timeoutMillis;
  }

  /** Takes a piece of what the client sends: `chunk` from `at` to `end`, which is copied; `isLast` when none may follow. */
  data(chunk: Uint8Array, at: number, end: number, isLast: boolean): void {
    if (this.#stage === 'reading') {
      const errorMessage = this.#message.push(chunk, at, end, isLast);
      if (errorMessage !== undefined) this.#refuse(errorMessage);
    } else if (this.#stage === 'nonGrpc') {
      this.#thrownAway += end - at;
      if (this.#thrownAway > MAX_THROWN_AWAY_BYTES) this.#respondToNonGrpcClient();
    }
  }

  /** The client has sent all that it will. */
  end(): void {
    if (this.#stage === 'nonGrpc') {
      this.#respondToNonGrpcClient();
      return;
    }
    if (this.#stage !== 'reading') return;
    const errorMessage = this.#message.end();
    if (errorMessage !== undefined) {
      this.#refuse(errorMessage);
      return;
    }
    this.#stage = 'exporting';
    if (this.#request !== undefined) this.#admission = this.#request.complete();
    if (this.#message.isCompressed) this.#exportCompressed(this.#message.body);
    else this.#export(this.#message.body);
  }

  /** Gives the call up: the client no longer waits for it, or has not finished it in time. */
  expire(): void {
    if (this.#stage === 'nonGrpc') {
      this.#respondToNonGrpcClient();
      return;
    }
    const hasCome = this.#stage === 'exporting';
    this.#refuse(rejection('timed_out', hasCome ? 'the deadline passed' : 'the request did not arrive in time'));
  }

  /** The stream has ended, and nobody waits for an answer. */
  gone(): void {
    if (this.#stage !== 'over') this.#finish();
  }

  admitMessage(sizeBytes: number): Rejection | undefined {
    const { incoming, admit } = this.#context;
    const admission = incoming.admit(admit, sizeBytes, this.#stream.source);
    if ('kind' in admission) return rejectionForAdmission(admission);
    this.#admission = admission;
    return undefined;
  }

  beginMessage(sizeBytes: number): IncomingRequest | Rejection {
    const { incoming, admit, maxMessageBytes } = this.#context;
    const request = incoming.begin(admit, {
      source: this.#stream.source,
      announcedBytes: sizeBytes,
      maxBytes: maxMessageBytes,
      end: (errorMessage) => this.#refuse(errorMessage),
    });
    if ('kind' in request) return rejectionForAdmission(request);
    this.#request = request;
    return request;
  }

  #exportCompressed(message: Uint8Array): void {
    const coding = this.#coding;
    const admission = this.#admission;
    if (coding === undefined || admission === undefined) {
      this.#refuse(rejection('malformed', 'the message is compressed, and no grpc-encoding says how'));
      return;
    }
    const expanded = expandBody(message, coding, this.#context.maxMessageBytes, admission);
    if (!(expanded instanceof Promise)) {
      this.#expanded(expanded);
      return;
    }
    this.#isExporting = true;
    expanded.then(
      (settled) => {
        this.#isExporting = false;
        this.#expanded(settled);
      },
      (error: unknown) => this.#failed(error),
    );
  }

  #expanded(result: ReadBody): void {
    if (result.kind === 'body' && this.#stage === 'exporting') this.#export(result.body);
    else this.#refuse(result.kind === 'rejection' ? result.rejection : INTERNAL);
  }

  #export(body: Uint8Array): void {
    this.#isExporting = true;
    let outcome: Outcome | Promise<Outcome>;
    try {
      outcome = this.#context.handler.export({
        signal: this.#signal,
        encoding: 'protobuf',
        body,
        headers: this.#headers,
        subject: this.#subject,
        transport: 'grpc',
      });
    } catch (error) {
      this.#failed(error);
      return;
    }
    // The body belongs to the handler now; holding on to it would keep it alive until the next call.
    this.#message.reset();
    if (!(outcome instanceof Promise)) {
      this.#exported(outcome);
      return;
    }
    outcome.then(
      (settled) => this.#exported(settled),
      (error: unknown) => this.#failed(error),
    );
  }

  #exported(outcome: Outcome): void {
    this.#isExporting = false;
    this.#response(grpcResponseForOutcome(outcome, this.#signal));
  }

  #failed(error: unknown): void {
    this.#isExporting = false;
    this.#context.onInternalError(error);
    this.#refuse(INTERNAL);
  }

  #refuse(errorMessage: Rejection): void {
    this.#response(grpcResponseForRejection(errorMessage));
  }

  #response(response: GrpcResponse): void {
    if (this.#stage !== 'over') this.#stream.response(response);
    this.#finish();
  }

  /** gRPC's answer to what is not gRPC at all is a plain status of HTTP. */
  #respondToNonGrpcClient(): void {
    if (this.#nonGrpcClient !== undefined) this.#stream.respondToNonGrpcClient(this.#nonGrpcClient);
    this.#finish();
  }

  #finish(): void {
    this.#stage = 'over';
    this.deadline = Number.POSITIVE_INFINITY;
    // While the handler has the body, its memory is in use, whoever waits for the answer.
    if (this.#isExporting) return;
    this.#message.reset();
    this.#headers = NO_HEADERS;
    (this.#admission ?? this.#request?.complete())?.release();
    this.#admission = undefined;
    this.#request = undefined;
    this.#stream.over();
  }
}

type Stage = 'reading' | 'nonGrpc' | 'exporting' | 'over';

const NO_HEADERS: RequestHeaders = Object.freeze({});

/** What a client that does not speak gRPC may send before it is told so. */
const MAX_THROWN_AWAY_BYTES = 64 * 1024;
