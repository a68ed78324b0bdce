import { ACCEPTED, decodeExportResponse, decodeRpcStatus, type OtlpEncoding, type Outcome } from '@otelier/otlp';
import { decodeGrpcMessage, GRPC_STATUS, grpcStatusName } from '../grpc-status.ts';

/** An HTTP response, as far as it says what became of an export. */
export interface HttpResponse {
  readonly status: number;
  readonly contentType: string | undefined;
  readonly retryAfter: string | undefined;
  /** `undefined` when it was larger than the client reads. */
  readonly body: Uint8Array | undefined;
}

/** A gRPC response, as far as it says what became of an export. */
export interface GrpcResponse {
  /** Status of HTTP, for peers that do not speak gRPC. */
  readonly httpStatus: number | undefined;
  readonly grpcStatus: number | undefined;
  readonly grpcMessage: string | undefined;
  /** `grpc-status-details-bin`, in base64. */
  readonly details: string | undefined;
  /** The response message; `undefined` when there was none. */
  readonly message: Uint8Array | undefined;
}

/** OTLP specification, "Retryable Response Codes". */
const RETRYABLE_HTTP: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** OTLP specification, "OTLP/gRPC Response", "Failures". RESOURCE_EXHAUSTED is so only with RetryInfo. */
const RETRYABLE_GRPC: ReadonlySet<number> = new Set([
  GRPC_STATUS.CANCELLED,
  GRPC_STATUS.DEADLINE_EXCEEDED,
  GRPC_STATUS.ABORTED,
  GRPC_STATUS.OUT_OF_RANGE,
  GRPC_STATUS.UNAVAILABLE,
  GRPC_STATUS.DATA_LOSS,
]);

/** What a gRPC client makes of a peer that answers in plain HTTP (gRPC, "HTTP to gRPC Status Code Mapping"). */
const GRPC_OF_HTTP: ReadonlyMap<number, number> = new Map([
  [400, GRPC_STATUS.INTERNAL],
  [401, GRPC_STATUS.UNAUTHENTICATED],
  [403, GRPC_STATUS.PERMISSION_DENIED],
  [404, GRPC_STATUS.UNIMPLEMENTED],
  [429, GRPC_STATUS.UNAVAILABLE],
  [502, GRPC_STATUS.UNAVAILABLE],
  [503, GRPC_STATUS.UNAVAILABLE],
  [504, GRPC_STATUS.UNAVAILABLE],
]);

/** What an HTTP response says. `nowMillis` turns a date in `retry-after` into a wait. */
export function outcomeOfHttp(response: HttpResponse, nowMillis: number): Outcome {
  const { status, body } = response;
  const encoding = response.contentType?.startsWith('application/json') ? 'json' : 'protobuf';
  if (status >= 200 && status < 300) return body === undefined ? ACCEPTED : outcomeOfSuccess(body, encoding);
  const reason = `the server answered ${status}${suffix(messageOf(body, response.contentType))}`;
  if (!RETRYABLE_HTTP.has(status)) return { kind: 'refused', reason };
  return { kind: 'retry', afterMillis: parseRetryAfter(response.retryAfter, nowMillis), reason };
}

/** What a gRPC response says. */
export function outcomeOfGrpc(response: GrpcResponse): Outcome {
  const { httpStatus } = response;
  const code = response.grpcStatus ?? GRPC_OF_HTTP.get(httpStatus ?? 0) ?? GRPC_STATUS.UNKNOWN;
  if (code === GRPC_STATUS.OK) return outcomeOfSuccess(response.message ?? new Uint8Array(0), 'protobuf');
  const details =
    response.details === undefined ? undefined : decodeRpcStatus(fromBase64(response.details), 'protobuf');
  const what =
    response.grpcStatus === undefined ? `HTTP status ${httpStatus ?? 'unknown'} and not in gRPC` : grpcStatusName(code);
  const reason = `the server answered ${what}${suffix(decodeGrpcMessage(response.grpcMessage ?? ''))}`;
  const afterMillis = details?.retryAfterMillis;
  const retryable = RETRYABLE_GRPC.has(code) || (code === GRPC_STATUS.RESOURCE_EXHAUSTED && afterMillis !== undefined);
  return retryable ? { kind: 'retry', afterMillis, reason } : { kind: 'refused', reason };
}

/** The request may or may not have arrived: a broken connection, a time-out, an abort. */
export function connectionOutcome(reason: string): Outcome {
  return { kind: 'retry', afterMillis: undefined, reason };
}

/** A success is one even when its body cannot be read: what was rejected, if anything, is not known then. */
function outcomeOfSuccess(body: Uint8Array, encoding: OtlpEncoding): Outcome {
  if (body.length === 0) return ACCEPTED;
  const partial = decodeExportResponse(body, encoding);
  // Zero rejected items with a message is a warning (OTLP specification, "Partial Success").
  if (partial === undefined || partial.rejectedItems <= 0) return ACCEPTED;
  return { kind: 'partial', rejectedItems: partial.rejectedItems, reason: partial.errorMessage };
}

function messageOf(body: Uint8Array | undefined, contentType: string | undefined): string {
  if (body === undefined || body.length === 0) return '';
  if (contentType?.startsWith('application/json')) return decodeRpcStatus(body, 'json')?.message ?? '';
  if (contentType?.startsWith('application/x-protobuf')) return decodeRpcStatus(body, 'protobuf')?.message ?? '';
  return contentType?.startsWith('text/plain') ? Buffer.from(body).toString('utf8').trim() : '';
}

/** A peer's text in a reason: bounded, on one line. */
function suffix(message: string): string {
  const line = message.slice(0, 500).replace(/\p{Cc}+/gu, ' ');
  return line === '' ? '' : `: ${line}`;
}

/** RFC 9110, 10.2.3: seconds or a date. */
function parseRetryAfter(value: string | undefined, nowMillis: number): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000;
  // `Date.parse` finds a date in almost anything.
  const date = /^[A-Z][a-z]+,? /.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMillis);
}

function fromBase64(text: string): Uint8Array {
  return Buffer.from(text, 'base64');
}
