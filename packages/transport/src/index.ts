/** OTLP over HTTP and gRPC: servers, clients, and what both need. */
export * from './auth.ts';
export * from './clock.ts';
export * from './compression.ts';
export * from './contract.ts';
export * from './endpoint.ts';
export { FileError } from './fresh-files.ts';
export { ListenError, type Listener, type ListenOptions, listen } from './server/listen.ts';
export type { ClientTlsOptions, ServerTlsOptions, TlsMaterial, TlsVersion } from './tls.ts';
