import { decodeExportResponse, decodeRpcStatus, type Outcome } from '@otelier/otlp';
import { decodeGrpcMessage, GRPC_STATUS, grpcStatusName } from '../grpc-status.ts';
import {
  type BodyReader,
  type HttpResponse,
  httpOutcome,
  peerWait,
  reasonSuffix,
  successOutcome,
} from './http-outcome.ts';

export { connectionOutcome, encodingOutcome, unreachableOutcome } from './connection-outcome.ts';
export type { HttpResponse } from './http-outcome.ts';

/** The parts of a gRPC response that determine the outcome of an export. */
export interface GrpcResponse {
  /** HTTP status, for non-gRPC servers. */
  readonly httpStatus: number | undefined;
  readonly grpcStatus: number | undefined;
  readonly grpcMessage: string | undefined;
  /** The `grpc-status-details-bin` trailer, base64-encoded. */
  readonly details: string | undefined;
  /** The response message, if any. */
  readonly message: Uint8Array | undefined;
}

/**
 * Retryable codes (OTLP specification, "OTLP/gRPC Response", "Failures"). RESOURCE_EXHAUSTED is retryable only with
 * RetryInfo.
 */
const RETRYABLE_GRPC: ReadonlySet<number> = new Set([
  GRPC_STATUS.CANCELLED,
  GRPC_STATUS.DEADLINE_EXCEEDED,
  GRPC_STATUS.ABORTED,
  GRPC_STATUS.OUT_OF_RANGE,
  GRPC_STATUS.UNAVAILABLE,
  GRPC_STATUS.DATA_LOSS,
]);

/** Maps the status of a plain HTTP response to a gRPC status (gRPC, "HTTP to gRPC Status Code Mapping"). */
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

/** Maps an HTTP response to an outcome. `nowMillis` is used to convert a `Retry-After` date to a delay. */
export function outcomeOfHttp(response: HttpResponse, nowMillis: number): Outcome {
  return httpOutcome(response, nowMillis, HTTP_BODIES);
}

const HTTP_BODIES: BodyReader = {
  partialSuccess: decodeExportResponse,
  message: (body, encoding) => decodeRpcStatus(body, encoding)?.message,
};

/** Returns the gRPC status of a response, which a plain HTTP response has by its HTTP status. */
export function grpcStatusOf({ grpcStatus, httpStatus }: GrpcResponse): number {
  return grpcStatus ?? GRPC_OF_HTTP.get(httpStatus ?? 0) ?? GRPC_STATUS.UNKNOWN;
}

/** Maps a gRPC response to an outcome. */
export function outcomeOfGrpc(response: GrpcResponse): Outcome {
  const { httpStatus } = response;
  const code = grpcStatusOf(response);
  if (code === GRPC_STATUS.OK) return successOutcome(response.message ?? new Uint8Array(0), 'protobuf', HTTP_BODIES);
  const details =
    response.details === undefined ? undefined : decodeRpcStatus(fromBase64(response.details), 'protobuf');
  const what =
    response.grpcStatus === undefined
      ? `HTTP status ${httpStatus ?? 'unknown'} without a gRPC status`
      : grpcStatusName(code);
  const reason = `the server responded ${what}${reasonSuffix(decodeGrpcMessage(response.grpcMessage ?? ''))}`;
  const afterMillis = peerWait(details?.retryAfterMillis);
  const retryable = RETRYABLE_GRPC.has(code) || (code === GRPC_STATUS.RESOURCE_EXHAUSTED && afterMillis !== undefined);
  return retryable ? { kind: 'retry', afterMillis, reason } : { kind: 'refused', reason };
}

function fromBase64(text: string): Uint8Array {
  return Buffer.from(text, 'base64');
}
