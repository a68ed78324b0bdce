import { GRPC_STATUS, type GrpcStatus, grpcStatusName } from './grpc-status.ts';

/** A metric of the duration of requests, by its name in OpenTelemetry's semantic conventions. */
export type RequestMetric =
  | 'http.server.request.duration'
  | 'http.client.request.duration'
  | 'rpc.server.call.duration'
  | 'rpc.client.call.duration';

/** Attributes of a finished request, by their names in OpenTelemetry's semantic conventions. */
export type RequestAttributes = Readonly<Record<string, string | number>>;

/** Records the duration of a finished request. */
export type ObserveRequest = (metric: RequestMetric, attributes: RequestAttributes, millis: number) => void;

/** A request that was rejected, with the reason that its client received. */
export interface RejectedRequest {
  /** Path, such as `/v1/traces`. Sent by the client. */
  readonly path: string;
  /** HTTP status, or the name of a gRPC status. */
  readonly status: string;
  readonly reason: string;
  /** Remote address without port; `undefined` for Unix sockets. */
  readonly peer?: string | undefined;
  /** The header `user-agent`. Sent by the client. */
  readonly userAgent?: string | undefined;
  /** Whether the request reached the handler, whose outcome is the reason. */
  readonly isHandled: boolean;
}

/** A finished HTTP request. */
interface FinishedHttpRequest {
  readonly method: string;
  readonly isSecure: boolean;
  /** Path that the server serves; `undefined` for clients and other paths. */
  readonly route?: string | undefined;
  /** Host and port as in the `Host` header. */
  readonly authority: string;
  /** HTTP version, such as `1.1`. */
  readonly version: string;
  /** `undefined` if there was no response. */
  readonly status: number | undefined;
  /** Why there was no response. */
  readonly error?: 'timeout' | '_OTHER';
}

/** Returns the attributes of an HTTP request. Default ports are left out, as in the Collector. */
export function httpRequestAttributes(request: FinishedHttpRequest): RequestAttributes {
  const { method, isSecure, authority, version, route, status, error } = request;
  const { address, port } = splitAuthority(authority);
  return {
    'http.request.method': method,
    'url.scheme': isSecure ? 'https' : 'http',
    'server.address': address,
    ...(port === undefined || port === (isSecure ? 443 : 80) ? {} : { 'server.port': port }),
    'network.protocol.name': 'http',
    'network.protocol.version': version,
    ...(route === undefined ? {} : { 'http.route': route }),
    ...(status === undefined ? { 'error.type': error ?? '_OTHER' } : { 'http.response.status_code': status }),
  };
}

/** Returns the attributes of a call of a gRPC server. */
export function serverCallAttributes(path: string, status: GrpcStatus): RequestAttributes {
  return callAttributes(path, status, SERVER_ERRORS.has(status));
}

/** Returns the attributes of a call of a gRPC client. */
export function clientCallAttributes(path: string, status: number, authority: string): RequestAttributes {
  const { address, port } = splitAuthority(authority);
  return {
    ...callAttributes(path, status, status !== GRPC_STATUS.OK),
    'server.address': address,
    ...(port === undefined ? {} : { 'server.port': port }),
  };
}

/** Statuses that are errors of the server (semantic conventions for gRPC). The others are errors of its clients. */
const SERVER_ERRORS: ReadonlySet<number> = new Set([
  GRPC_STATUS.UNKNOWN,
  GRPC_STATUS.DEADLINE_EXCEEDED,
  GRPC_STATUS.UNIMPLEMENTED,
  GRPC_STATUS.INTERNAL,
  GRPC_STATUS.UNAVAILABLE,
  GRPC_STATUS.DATA_LOSS,
]);

function callAttributes(path: string, status: number, isError: boolean): RequestAttributes {
  const name = grpcStatusName(status);
  return {
    'rpc.system.name': 'grpc',
    'rpc.method': path.slice(1),
    'rpc.response.status_code': name,
    ...(isError ? { 'error.type': name } : {}),
  };
}

function splitAuthority(authority: string): { readonly address: string; readonly port: number | undefined } {
  const [, address = authority, port] = /^(\[[^\]]*\]|[^:]*)(?::(\d{1,5}))?$/.exec(authority) ?? [];
  return { address: address.replace(/^\[|\]$/g, ''), port: port === undefined ? undefined : Number(port) };
}
