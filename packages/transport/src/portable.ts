/** The portable entry point. None of its exports import Node modules, so it also runs in browsers. */
export { connectionOutcome, encodingOutcome } from './client/connection-outcome.ts';
export { type BodyReader, type HttpResponse, httpOutcome } from './client/http-outcome.ts';
export { type Clock, systemClock } from './clock.ts';
export type { Compression, ExportClient, ExportOptions } from './contract.ts';
export { type RetryContext, type RetryOptions, retry } from './retry.ts';
export type { ClientTlsOptions } from './tls-options.ts';
export type { LiveDataOptions } from './websocket/client-subscriptions.ts';
export { WEBSOCKET_PATH, WEBSOCKET_SUBPROTOCOL } from './websocket/envelope.ts';
export { type EncodedRequest, ExportSession, type ExportSessionOptions } from './websocket/export-session.ts';
export type { MessageSocket, OpenSocket, SocketEnd, SocketEvents } from './websocket/message-socket.ts';
