import type { HeaderFields } from '../http2/hpack/header-block.ts';
import type { StreamEnd } from './http2/client-stream.ts';
import type { GrpcResponse } from './outcome-mapping.ts';

/** What a response says in gRPC; `undefined` when it says nothing of how the call went. */
export function readGrpcResponse({ headers, trailers, body }: Extract<StreamEnd, { kind: 'response' }>) {
  const httpStatus = Number(headers[':status']);
  const field = (name: string) => fieldOf(trailers, name) ?? fieldOf(headers, name);
  const status = field('grpc-status');
  // A peer that does not speak gRPC has its status in HTTP alone.
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

/** The first message, if it is whole and not compressed (we have not offered to read compressed ones). */
function messageOf(bytes: Uint8Array): Uint8Array | undefined {
  if (bytes.length < 5 || bytes[0] !== 0) return undefined;
  const end = 5 + new DataView(bytes.buffer, bytes.byteOffset).getUint32(1);
  return end <= bytes.length ? bytes.subarray(5, end) : undefined;
}
