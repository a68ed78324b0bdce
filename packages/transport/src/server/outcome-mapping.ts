import { encodeExportResponse, encodeRpcStatus, type OtlpEncoding, type Outcome, type Signal } from '@otelier/otlp';
import { encodeGrpcMessage, GRPC_STATUS, type GrpcStatus } from '../grpc-status.ts';
import type { Rejection, RejectionKind } from './rejection.ts';

/** An HTTP response ready to be written. */
export interface HttpResponse {
  readonly status: number;
  /** Alternating names and values, as in `writeHead`. */
  readonly headers: readonly string[];
  readonly body: Uint8Array;
  /** Why the request was rejected. */
  readonly reason?: string;
  /** Whether the connection closes after it. */
  readonly isLast?: boolean;
}

/** A gRPC response ready to be written. */
export interface GrpcResponse {
  readonly status: GrpcStatus;
  /** The response message with its prefix; `undefined` for an error, which consists only of trailers. */
  readonly frame: Uint8Array | undefined;
  readonly trailers: Readonly<Record<string, string | number>>;
  /** Why the call was rejected. */
  readonly reason?: string;
}

/** Body encoding: an OTLP encoding, or plain text for non-OTLP clients. */
export type BodyEncoding = OtlpEncoding | 'text';

/**
 * HTTP and gRPC status of each rejection (OTLP specification 1.5, "OTLP/HTTP Response" and "OTLP/gRPC Response").
 * Clients retry 429 and 503, UNAVAILABLE, and RESOURCE_EXHAUSTED with RetryInfo. An exhausted budget maps to
 * 429/RESOURCE_EXHAUSTED, and a pipeline that cannot accept data to 503/UNAVAILABLE.
 */
const REJECTIONS: Readonly<Record<RejectionKind, { readonly http: number; readonly grpc: GrpcStatus }>> = {
  malformed: { http: 400, grpc: GRPC_STATUS.INVALID_ARGUMENT },
  unauthenticated: { http: 401, grpc: GRPC_STATUS.UNAUTHENTICATED },
  forbidden: { http: 403, grpc: GRPC_STATUS.PERMISSION_DENIED },
  not_found: { http: 404, grpc: GRPC_STATUS.UNIMPLEMENTED },
  wrong_method: { http: 405, grpc: GRPC_STATUS.UNIMPLEMENTED },
  timed_out: { http: 408, grpc: GRPC_STATUS.DEADLINE_EXCEEDED },
  too_large: { http: 413, grpc: GRPC_STATUS.RESOURCE_EXHAUSTED },
  unsupported: { http: 415, grpc: GRPC_STATUS.UNIMPLEMENTED },
  busy: { http: 429, grpc: GRPC_STATUS.RESOURCE_EXHAUSTED },
  // Without RetryInfo, clients do not retry.
  full: { http: 507, grpc: GRPC_STATUS.RESOURCE_EXHAUSTED },
  unavailable: { http: 503, grpc: GRPC_STATUS.UNAVAILABLE },
  internal: { http: 500, grpc: GRPC_STATUS.INTERNAL },
};

/** Returns the rejection for an unsuccessful outcome, or `undefined` for `accepted` and `partial`. */
export function rejectionForOutcome(outcome: Outcome): Rejection | undefined {
  if (outcome.kind === 'retry')
    return { kind: 'unavailable', reason: outcome.reason, afterMillis: outcome.afterMillis };
  return outcome.kind === 'refused' ? { kind: 'malformed', reason: outcome.reason } : undefined;
}

/**
 * Returns the rejection for a refused admission. An exhausted budget is temporary; a request larger than the whole
 * budget never fits.
 */
export function rejectionForAdmission(outcome: Extract<Outcome, { kind: 'retry' | 'refused' }>): Rejection {
  return outcome.kind === 'retry'
    ? { kind: 'busy', reason: outcome.reason, afterMillis: outcome.afterMillis ?? DEFAULT_BUSY_MILLIS }
    : { kind: 'too_large', reason: outcome.reason };
}

/**
 * Returns the outcome for a rejection, for transports whose responses are outcomes. Only temporary conditions are
 * retryable.
 */
export function outcomeForRejection({ kind, reason, afterMillis }: Rejection): Outcome {
  return kind === 'busy' || kind === 'unavailable'
    ? { kind: 'retry', afterMillis, reason }
    : { kind: 'refused', reason };
}

/** RESOURCE_EXHAUSTED without RetryInfo would make clients drop their telemetry. */
const DEFAULT_BUSY_MILLIS = 1000;

/** Returns the OTLP/HTTP response for an outcome. */
export function httpResponseForOutcome(outcome: Outcome, encoding: OtlpEncoding, signal: Signal): HttpResponse {
  if (outcome.kind === 'accepted') return HTTP_ACCEPTED[encoding];
  const rejection = rejectionForOutcome(outcome);
  if (rejection !== undefined) return httpResponseForRejection(rejection, encoding);
  return httpResponse(200, encoding, exportResponse(outcome, encoding, signal));
}

/** Returns the OTLP/HTTP response for a rejection: a `google.rpc.Status` or text. */
export function httpResponseForRejection(
  { kind, reason, afterMillis }: Rejection,
  encoding: BodyEncoding,
  more: readonly string[] = [],
): HttpResponse {
  const { http, grpc } = REJECTIONS[kind];
  const body =
    encoding === 'text'
      ? Buffer.from(`${reason}\n`)
      : encodeRpcStatus({ code: grpc, message: reason, retryAfterMillis: afterMillis }, encoding);
  // Whole seconds (RFC 9110, 10.2.3), and never zero, which clients would interpret as no delay.
  const retryAfter =
    afterMillis === undefined ? [] : ['retry-after', String(Math.max(1, Math.ceil(afterMillis / 1000)))];
  return { ...httpResponse(http, encoding, body, [...retryAfter, ...more]), reason };
}

/** Returns the OTLP/gRPC response for an outcome. */
export function grpcResponseForOutcome(outcome: Outcome, signal: Signal): GrpcResponse {
  if (outcome.kind === 'accepted') return GRPC_ACCEPTED;
  const rejection = rejectionForOutcome(outcome);
  if (rejection !== undefined) return grpcResponseForRejection(rejection);
  return { ...GRPC_ACCEPTED, frame: grpcFrame(exportResponse(outcome, 'protobuf', signal)) };
}

/**
 * Returns the OTLP/gRPC response for a rejection: trailers only, with RetryInfo in `grpc-status-details-bin` if the
 * delay is known.
 */
export function grpcResponseForRejection({ kind, reason, afterMillis }: Rejection): GrpcResponse {
  const status = REJECTIONS[kind].grpc;
  const trailers = { 'grpc-status': status, 'grpc-message': encodeGrpcMessage(reason) };
  if (afterMillis === undefined) return { status, frame: undefined, trailers, reason };
  const details = encodeRpcStatus({ code: status, message: reason, retryAfterMillis: afterMillis }, 'protobuf');
  const base64 = Buffer.from(details).toString('base64').replace(/=+$/, '');
  return { status, frame: undefined, trailers: { ...trailers, 'grpc-status-details-bin': base64 }, reason };
}

function exportResponse(outcome: Outcome, encoding: OtlpEncoding, signal: Signal): Uint8Array {
  return encodeExportResponse(
    outcome.kind === 'partial' ? { rejectedItems: outcome.rejectedItems, errorMessage: outcome.reason } : undefined,
    encoding,
    signal,
  );
}

function httpResponse(
  status: number,
  encoding: BodyEncoding,
  body: Uint8Array,
  more: readonly string[] = [],
): HttpResponse {
  const headers = ['content-type', CONTENT_TYPES[encoding], 'content-length', String(body.length), ...more];
  return { status, headers, body };
}

/** Encodes a length-prefixed gRPC message: a one-byte compressed flag, a four-byte length and the message. */
function grpcFrame(message: Uint8Array): Uint8Array {
  const frame = new Uint8Array(5 + message.length);
  new DataView(frame.buffer).setUint32(1, message.length);
  frame.set(message, 5);
  return frame;
}

const CONTENT_TYPES: Readonly<Record<BodyEncoding, string>> = {
  protobuf: 'application/x-protobuf',
  json: 'application/json',
  text: 'text/plain; charset=utf-8',
};

// Full success has the same response for every signal.
const HTTP_ACCEPTED: Readonly<Record<OtlpEncoding, HttpResponse>> = {
  protobuf: httpResponse(200, 'protobuf', encodeExportResponse(undefined, 'protobuf', 'traces')),
  json: httpResponse(200, 'json', encodeExportResponse(undefined, 'json', 'traces')),
};

const GRPC_ACCEPTED: GrpcResponse = {
  status: GRPC_STATUS.OK,
  frame: grpcFrame(encodeExportResponse(undefined, 'protobuf', 'traces')),
  trailers: { 'grpc-status': GRPC_STATUS.OK },
};
