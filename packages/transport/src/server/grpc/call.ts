import type { Outcome, Signal } from '@otelier/otlp';
import type { Admission } from '../../admission.ts';
import type { Authenticator, RequestHeaders } from '../../auth.ts';
import type { Coding } from '../../compression/codecs.ts';
import type { ExportHandler } from '../../contract.ts';
import { GRPC_STATUS, type GrpcStatus, grpcStatusName } from '../../grpc-status.ts';
import type { RejectedRequest } from '../../request-observer.ts';
import { decompressBody, type ReadBody } from '../decompress-body.ts';
import { headerValue } from '../http/header-value.ts';
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

/** Dependencies shared by all calls of a gRPC server. */
export interface CallContext {
  readonly handler: ExportHandler;
  readonly admit: ExportHandler['admit'];
  /** Requests whose bodies are still being received. */
  readonly incoming: IncomingRequests;
  readonly maxMessageBytes: number;
  readonly requestTimeoutMillis: number;
  readonly auth: Authenticator | undefined;
  readonly onInternalError: (error: unknown) => void;
  readonly onRejected: ((request: RejectedRequest) => void) | undefined;
  /** Records a finished call of a method that the server has, if calls are measured. */
  readonly observe: ((path: string, status: GrpcStatus, beganMillis: number) => void) | undefined;
}

/** The stream of a call, independent of the HTTP/2 implementation. */
export interface CallStream {
  /** The connection that the stream belongs to. */
  readonly source: RequestSource;
  /**
   * Sends the response and stops a client that is still sending. Called at most once per call, and never after
   * `cancel`.
   */
  respond(response: GrpcResponse): void;
  /** Sends a plain HTTP response. */
  respondToNonGrpcClient(response: NonGrpcResponse): void;
  /** Called when the call is over: it has a response or the stream has ended, and the handler has settled. */
  over(): void;
}

/** A unary call from its head to its response. The object is reused for further calls, each from `begin` to `over`. */
export class Call implements MessageMemory {
  /** Time by which the call must be responded to. */
  deadline = Number.POSITIVE_INFINITY;
  readonly #context: CallContext;
  readonly #stream: CallStream;
  readonly #message: MessageReader;
  #stage: Stage = 'over';
  #isExporting = false;
  #beganMillis = 0;
  /** Whether the server has the method. */
  #isRouted = false;
  #headers: RequestHeaders = NO_HEADERS;
  #signal: Signal = 'traces';
  #coding: Coding | undefined;
  #subject: string | undefined;
  #tenant: string | undefined;
  #nonGrpcClient: NonGrpcResponse | undefined;
  #discardedBytes = 0;
  #admission: Admission | undefined;
  #request: IncomingRequest | undefined;

  constructor(context: CallContext, stream: CallStream) {
    this.#context = context;
    this.#stream = stream;
    this.#message = new MessageReader(context.maxMessageBytes, this);
  }

  /** Number of outstanding message bytes for which memory is available. */
  get missingBytes(): number {
    return this.#stage === 'reading' ? this.#message.missingBytes : 0;
  }

  begin(head: GrpcHead, headers: RequestHeaders, nowMillis: number): void {
    const { auth, requestTimeoutMillis } = this.#context;
    this.#stage = 'reading';
    this.#headers = headers;
    this.#subject = undefined;
    this.#tenant = undefined;
    this.#beganMillis = nowMillis;
    this.#isRouted = head.kind === 'call';
    this.deadline = nowMillis + requestTimeoutMillis;
    if (head.kind === 'nonGrpc') {
      this.#stage = 'nonGrpc';
      this.#nonGrpcClient = head.response;
      this.#discardedBytes = 0;
      return;
    }
    if (auth !== undefined) {
      const authenticated = auth.authenticate(headers, this.#stream.source.address, this.#stream.source);
      if (authenticated.kind !== 'authenticated') {
        this.#reject(rejection(authenticated.kind, authenticated.reason, authenticated.afterMillis));
        if (authenticated.closesConnection === true) this.#stream.source.leave?.();
        return;
      }
      this.#subject = authenticated.subject;
      this.#tenant = authenticated.tenant;
    }
    if (head.kind === 'rejection') {
      this.#reject(head.rejection);
      return;
    }
    this.#signal = head.signal;
    this.#coding = head.coding;
    const { timeoutMillis } = head;
    if (timeoutMillis !== undefined && timeoutMillis < requestTimeoutMillis) this.deadline = nowMillis + timeoutMillis;
  }

  /** Receives a piece of the request, `chunk[at, end)`, and copies it. `isLast` is set if it completes the request. */
  data(chunk: Uint8Array, at: number, end: number, isLast: boolean): void {
    if (this.#stage === 'reading') {
      const rejection = this.#message.push(chunk, at, end, isLast);
      if (rejection !== undefined) this.#reject(rejection);
    } else if (this.#stage === 'nonGrpc') {
      this.#discardedBytes += end - at;
      if (this.#discardedBytes > MAX_DISCARDED_BYTES) this.#respondToNonGrpcClient();
    }
  }

  /** Handles the end of the request. */
  end(): void {
    if (this.#stage === 'nonGrpc') {
      this.#respondToNonGrpcClient();
      return;
    }
    if (this.#stage !== 'reading') return;
    const rejection = this.#message.end();
    if (rejection !== undefined) {
      this.#reject(rejection);
      return;
    }
    this.#stage = 'exporting';
    if (this.#request !== undefined) this.#admission = this.#request.complete();
    if (this.#message.isCompressed) this.#exportCompressed(this.#message.body);
    else this.#export(this.#message.body);
  }

  /** Ends the call because its deadline has passed or the request did not arrive in time. */
  expire(): void {
    if (this.#stage === 'nonGrpc') {
      this.#respondToNonGrpcClient();
      return;
    }
    const hasArrived = this.#stage === 'exporting';
    this.#reject(rejection('timed_out', hasArrived ? 'the deadline passed' : 'the request did not arrive in time'));
  }

  /** Handles the end of the stream, after which no response can be sent. */
  cancel(): void {
    if (this.#stage === 'over') return;
    this.#observe(GRPC_STATUS.CANCELLED);
    this.#finish();
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
      end: (rejection) => this.#reject(rejection),
    });
    if ('kind' in request) return rejectionForAdmission(request);
    this.#request = request;
    return request;
  }

  #exportCompressed(message: Uint8Array): void {
    const coding = this.#coding;
    const admission = this.#admission;
    if (coding === undefined || admission === undefined) {
      this.#reject(rejection('malformed', 'grpc-encoding: expected the encoding of the compressed message, got none'));
      return;
    }
    const expanded = decompressBody(message, coding, this.#context.maxMessageBytes, admission);
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
    else this.#reject(result.kind === 'rejection' ? result.rejection : INTERNAL);
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
        tenant: this.#tenant,
        transport: 'grpc',
        peer: this.#stream.source.address,
      });
    } catch (error) {
      this.#failed(error);
      return;
    }
    // The body belongs to the handler. A reference would retain it until the next call.
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
    this.#respond(grpcResponseForOutcome(outcome, this.#signal), true);
  }

  #failed(error: unknown): void {
    this.#isExporting = false;
    this.#context.onInternalError(error);
    this.#reject(INTERNAL);
  }

  #reject(reason: Rejection): void {
    this.#respond(grpcResponseForRejection(reason));
  }

  #respond(response: GrpcResponse, isHandled = false): void {
    if (this.#stage !== 'over') {
      this.#observe(response.status);
      const { status, reason } = response;
      const path = headerValue(this.#headers, ':path') ?? '';
      if (reason !== undefined) {
        const userAgent = headerValue(this.#headers, 'user-agent');
        const { address: peer } = this.#stream.source;
        this.#context.onRejected?.({ path, status: grpcStatusName(status), reason, peer, userAgent, isHandled });
      }
      this.#stream.respond(response);
    }
    this.#finish();
  }

  #observe(status: GrpcStatus): void {
    const { observe } = this.#context;
    if (observe === undefined || !this.#isRouted) return;
    observe(headerValue(this.#headers, ':path') ?? '', status, this.#beganMillis);
  }

  /** Sends a plain HTTP status in response to a non-gRPC request. */
  #respondToNonGrpcClient(): void {
    if (this.#nonGrpcClient !== undefined) this.#stream.respondToNonGrpcClient(this.#nonGrpcClient);
    this.#finish();
  }

  #finish(): void {
    this.#stage = 'over';
    this.deadline = Number.POSITIVE_INFINITY;
    // While the handler uses the body, its memory stays reserved, even if the client has disconnected.
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

/** Maximum number of bytes to discard from a non-gRPC client before responding. */
const MAX_DISCARDED_BYTES = 64 * 1024;
