/** OTLP over HTTP, gRPC, WebSocket and UDP: servers, clients and shared types. */
export * from './auth.ts';
export { encodingOutcome } from './client/connection-outcome.ts';
export * from './client/grpc.ts';
export { USER_AGENT } from './client/headers.ts';
export * from './client/http1/client.ts';
export * from './clock.ts';
export * from './compression/compression.ts';
export { crc32c } from './compression/snappy/crc32c.ts';
export * from './contract.ts';
export * from './endpoint.ts';
export { FileError, readNamedFile, reloadableValue } from './reloadable-files.ts';
export {
  httpRequestAttributes,
  type ObserveRequest,
  type RejectedRequest,
  type RequestAttributes,
  type RequestMetric,
} from './request-observer.ts';
export { type RetryContext, type RetryOptions, retry, withRetry } from './retry.ts';
export { ConnectionLimit, type ConnectionUse, type LimitReport, openConnections } from './server/connection-limit.ts';
export { shareDescriptors } from './server/descriptor-limit.ts';
export type { GrpcKeepalive } from './server/grpc/keepalive.ts';
export type { GrpcServerOptions } from './server/grpc/options.ts';
export { createGrpcServer } from './server/grpc/server.ts';
export { type CorsOptions, createOriginCheck } from './server/http/cors.ts';
export type { HttpServerOptions } from './server/http/options.ts';
export { HttpRequestHandler } from './server/http/request-handler.ts';
export { createHttpServer } from './server/http1/server.ts';
export { IncomingRequests } from './server/incoming-requests.ts';
export { type ConnectionHandler, ListenError, type Listener, type ListenOptions, listen } from './server/listen.ts';
export {
  type HttpResponse,
  httpResponseForOutcome,
  httpResponseForRejection,
  rejectionForAdmission,
} from './server/outcome-mapping.ts';
export { NO_MEMORY, type Rejection, rejection, tooLarge } from './server/rejection.ts';
export { type ClientTls, createClientTls, createServerTls, type ServerTls, type ServerTlsOptions } from './tls.ts';
export type { ClientTlsOptions, TlsMaterial, TlsVersion } from './tls-options.ts';
export {
  createUdpClient,
  type UdpClient,
  type UdpClientOptions,
  type UdpClientStats,
  UdpOptionsError,
} from './udp/client.ts';
export type { UdpCounters } from './udp/datagram.ts';
export { createUdpServer, type UdpServer, type UdpServerOptions } from './udp/server.ts';
export type { UdpSenderStats, UdpServerStats } from './udp/stats.ts';
export { createWebSocketClient, type WebSocketClient, type WebSocketClientOptions } from './websocket/client.ts';
export type { LiveDataOptions } from './websocket/client-subscriptions.ts';
export { createWebSocketServer, type WebSocketServerOptions } from './websocket/server.ts';
export type { OpenSubscription, SubscriptionFilter, SubscriptionListener } from './websocket/server-subscriptions.ts';
export { acceptTextSocket, type TextSocket } from './websocket/text-socket.ts';
export { refuseUpgrade } from './websocket/upgrade.ts';
