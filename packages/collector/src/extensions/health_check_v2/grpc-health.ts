import {
  createSecureServer,
  createServer,
  type Http2SecureServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import { FieldReader, WireFormatError, WireType, WireWriter } from '@otelier/otlp';
import { type Listener, listen } from '@otelier/transport/listen';
import { createServerTls, type ServerTlsOptions } from '@otelier/transport/tls';
import type { ComponentContext, Extension } from '../../component/contract.ts';

/** Returns whether a service is healthy; `undefined` for one that does not exist. The empty name is the process. */
export type IsServing = (service: string) => boolean | undefined;

/** Values of `HealthCheckResponse.ServingStatus`. */
const SERVING = 1;
const NOT_SERVING = 2;
const SERVICE_UNKNOWN = 3;

/** gRPC status codes. */
const OK = 0;
const CANCELED = 1;
const INVALID_ARGUMENT = 3;
const NOT_FOUND = 5;
const UNIMPLEMENTED = 12;

/** Interval at which watchers are told of changes. */
const WATCH_MILLIS = 250;

const MAX_REQUEST_BYTES = 4096;

/** Most watchers at the same time. */
const MAX_WATCHERS = 1_000;

/** A client that waits for changes. */
interface Watcher {
  readonly service: string;
  last: number;
}

/** Where and how the service listens. */
export interface GrpcHealthOptions {
  readonly endpoint: string;
  readonly tls?: ServerTlsOptions | undefined;
}

/** Creates the service `grpc.health.v1.Health`. Throws `FileError` for invalid certificates. */
export function createGrpcHealth(
  { endpoint, tls }: GrpcHealthOptions,
  isServing: IsServing,
  { clock, logger }: Pick<ComponentContext, 'clock' | 'logger'>,
): Extension {
  const sessions = new Set<ServerHttp2Session>();
  const watchers = new Map<ServerHttp2Stream, Watcher>();
  let listener: Listener | undefined;
  let cancel: (() => void) | undefined;
  const server = createNodeServer(tls, clock);
  server.on('session', (session) => {
    sessions.add(session);
    session.on('close', () => sessions.delete(session));
    session.on('error', () => session.destroy());
  });
  server.on('sessionError', () => {});
  server.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    stream.on('error', () => stream.destroy());
    stream.on('close', () => watchers.delete(stream));
    const path = headers[':path'] ?? '';
    readRequest(stream, (service) => {
      if (service === undefined) finish(stream, INVALID_ARGUMENT, 'expected a HealthCheckRequest');
      else if (path === '/grpc.health.v1.Health/Check') check(stream, service);
      else if (path === '/grpc.health.v1.Health/Watch') watch(stream, service);
      else finish(stream, UNIMPLEMENTED, 'unknown method');
    });
  });

  const check = (stream: ServerHttp2Stream, service: string): void => {
    const status = isServing(service);
    if (status === undefined) {
      finish(stream, NOT_FOUND, 'Service not found.');
      return;
    }
    open(stream);
    stream.write(response(status ? SERVING : NOT_SERVING));
    stream.end();
  };
  const watch = (stream: ServerHttp2Stream, service: string): void => {
    if (watchers.size >= MAX_WATCHERS) {
      finish(stream, CANCELED, 'too many watchers');
      return;
    }
    const watcher = { service, last: statusOf(service) };
    watchers.set(stream, watcher);
    stream.respond(HEADERS, { waitForTrailers: true });
    stream.on('wantTrailers', () =>
      stream.sendTrailers({ 'grpc-status': CANCELED, 'grpc-message': 'Server shutting down.' }),
    );
    stream.write(response(watcher.last));
  };
  const statusOf = (service: string): number => {
    const status = isServing(service);
    if (status === undefined) return SERVICE_UNKNOWN;
    return status ? SERVING : NOT_SERVING;
  };
  const tell = (): void => {
    cancel = clock.setTimeout(tell, WATCH_MILLIS);
    for (const [stream, watcher] of watchers) {
      const status = statusOf(watcher.service);
      // A slow client gets the status that is current when it reads again.
      if (status === watcher.last || stream.writableNeedDrain) continue;
      watcher.last = status;
      stream.write(response(status));
    }
  };

  return {
    async start() {
      listener = await listen(endpoint);
      listener.accept((socket) => server.emit('connection', socket));
      tell();
      logger.info({ address: listener.address }, 'gRPC health check listening');
    },
    async shutdown() {
      cancel?.();
      for (const [stream] of watchers) stream.end();
      await listener?.close();
      for (const session of sessions) session.destroy();
      server.close();
    },
  };
}

const SETTINGS = { maxConcurrentStreams: 100 };

function createNodeServer(
  tls: ServerTlsOptions | undefined,
  clock: ComponentContext['clock'],
): Http2Server | Http2SecureServer {
  if (tls === undefined) return createServer({ settings: SETTINGS });
  const material = createServerTls(tls, clock);
  const server = createSecureServer({ ...material.options, settings: SETTINGS });
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  return server.prependListener('connection', () => material.refresh(server));
}

const HEADERS = { ':status': 200, 'content-type': 'application/grpc' };

function open(stream: ServerHttp2Stream): void {
  stream.respond(HEADERS, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': OK }));
}

function finish(stream: ServerHttp2Stream, status: number, message: string): void {
  if (!stream.destroyed && !stream.headersSent)
    stream.respond({ ...HEADERS, 'grpc-status': status, 'grpc-message': message }, { endStream: true });
}

function response(status: number): Buffer {
  const message = new WireWriter(16).varintField(1, status).finish();
  return Buffer.concat([Buffer.of(0, 0, 0, 0, message.length), message]);
}

/** Reads the only message of a request. `done` gets the name of the service; `undefined` for anything else. */
function readRequest(stream: ServerHttp2Stream, done: (service: string | undefined) => void): void {
  const chunks: Buffer[] = [];
  let length = 0;
  stream.on('data', (chunk: Buffer) => {
    length += chunk.length;
    if (length > MAX_REQUEST_BYTES) stream.destroy();
    else chunks.push(chunk);
  });
  stream.on('end', () => done(serviceOf(Buffer.concat(chunks))));
}

function serviceOf(frame: Buffer): string | undefined {
  // A compressed message is none that clients of this service send.
  if (frame.length < 5 || frame[0] !== 0 || frame.readUInt32BE(1) !== frame.length - 5) return undefined;
  const reader = new FieldReader(frame, 5);
  let service = '';
  try {
    while (reader.next()) {
      if (reader.field === 1 && reader.wireType === WireType.lengthDelimited)
        service = frame.toString('utf8', reader.valueStart, reader.valueEnd);
    }
  } catch (error) {
    if (!(error instanceof WireFormatError)) throw error;
    return undefined;
  }
  return service;
}
