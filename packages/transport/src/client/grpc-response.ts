import type { HeaderFields } from '../http2/hpack/header-block.ts';
import type { StreamEnd } from './http2/client-stream.ts';
import type { GrpcResponse } from './outcome-mapping.ts';

/** Reads the gRPC fields of a response. Returns `undefined` if it has no gRPC status. */
export function readGrpcResponse({ headers, trailers, body }: Extract<StreamEnd, { kind: 'response' }>) {
  const httpStatus = Number(headers[':status']);
  const field = (name: string) => fieldOf(trailers, name) ?? fieldOf(headers, name);
  const status = field('grpc-status');
  // A response from a non-gRPC server has only an HTTP status.
  if (status === undefined && httpStatus === 200) return undefined;
  const response: GrpcResponse = {
    httpStatus,
    grpcStatus: status === undefined || !/^\d{1,3}$/.test(status) ? undefined : Number(status),
    grpcMessage: field('grpc-message'),
    details: field('grpc-status-details-bin'),
    message: messageOf(body),
  };
  return response;
}

function fieldOf(fields: HeaderFields | undefined, name: string): string | undefined {
  const value = fields?.[name];
  return typeof value === 'string' ? value : value?.[0];
}

/** Returns the first message if it is complete and uncompressed. The client does not accept compressed messages. */
function messageOf(bytes: Uint8Array): Uint8Array | undefined {
  if (bytes.length < 5 || bytes[0] !== 0) return undefined;
  const end = 5 + new DataView(bytes.buffer, bytes.byteOffset).getUint32(1);
  return end <= bytes.length ? bytes.subarray(5, end) : undefined;
}
