import type { RejectedClient } from '../sender-snapshot.ts';

/** What to do about a rejected request. */
export interface Remedy {
  readonly remedy: string;
  readonly code?: string;
}

/** Returns what to do about a request that was rejected before its sender was known. */
export function remedyFor({ path, status, reason }: Pick<RejectedClient, 'path' | 'status' | 'reason'>): Remedy {
  if (status === '404' || status === 'UNIMPLEMENTED' || status === '405') {
    return {
      remedy: `No telemetry is received with this method at ${path}. Give the SDK the endpoint without a path, or each signal its full path.`,
      code: 'OTEL_EXPORTER_OTLP_ENDPOINT=http://HOST:4318  # or OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://HOST:4318/v1/traces',
    };
  }
  if (status === '415') {
    return {
      remedy: 'Send Protobuf as application/x-protobuf, or OTLP/JSON as application/json.',
      code: 'OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf',
    };
  }
  if (status === '401' || status === '403' || status === 'UNAUTHENTICATED' || status === 'PERMISSION_DENIED') {
    return {
      remedy: 'Send the credentials that the receiver requires.',
      code: 'OTEL_EXPORTER_OTLP_HEADERS=authorization=Bearer%20TOKEN',
    };
  }
  if (status === '413' || (status === 'RESOURCE_EXHAUSTED' && /larger|at most/.test(reason))) {
    return {
      remedy:
        'Send smaller requests, or raise `max_request_body_size` (HTTP) or `max_recv_msg_size_mib` (gRPC) of the receiver.',
      code: 'OTEL_BSP_MAX_EXPORT_BATCH_SIZE=128',
    };
  }
  if (status === '429' || status === '503' || status === 'RESOURCE_EXHAUSTED' || status === 'UNAVAILABLE') {
    return {
      remedy:
        'The gateway had no memory for the request, and the SDK sends it again. Raise `service.memory.limit`, or send less.',
    };
  }
  return {
    remedy:
      'The body is not valid OTLP, or was damaged on the way. Check a proxy in between, and the protocol of the exporter.',
    code: 'OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf',
  };
}
