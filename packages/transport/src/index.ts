/** OTLP over HTTP and gRPC: servers, clients, and what both need. */
export * from './auth.ts';
export * from './client/grpc.ts';
export * from './client/http.ts';
export * from './clock.ts';
export * from './compression.ts';
export * from './contract.ts';
export * from './endpoint.ts';
export { FileError } from './fresh-files.ts';
export { type RetryContext, type RetryOptions, retry, withRetry } from './retry.ts';
export type { CorsOptions } from './server/cors.ts';
export { createGrpcServer, type GrpcKeepalive, type GrpcServerOptions } from './server/grpc.ts';
export { createHttpServer, type HttpServerOptions } from './server/http.ts';
export { ListenError, type Listener, type ListenOptions, listen } from './server/listen.ts';
export type { ClientTlsOptions, ServerTlsOptions, TlsMaterial, TlsVersion } from './tls.ts';
