import { once } from 'node:events';
import http2, { type IncomingHttpHeaders, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { WireFormatError } from '@otelier/otlp';
import { encodeGrpcMessage, GRPC_STATUS } from '@otelier/transport/grpc-status';
import type { Api } from '../http/api-options.ts';
import { jaegerService } from './jaeger.ts';
import { MessageFields } from './message.ts';
import { GrpcError, type GrpcMethod, type GrpcService } from './method.ts';
import { tempoService } from './tempo.ts';

const SERVICES: ReadonlyMap<string, GrpcService> = new Map([
  ['jaeger.api_v3.QueryService', jaegerService],
  ['tempopb.StreamingQuerier', tempoService],
]);
/** Maximum size of a request in bytes. */
const MAX_REQUEST = 256 << 10;
const MAX_STREAMS = 100;
/** Time in which a request must arrive, and after which a connection without calls is closed. */
const REQUEST_MILLIS = 30_000;
const IDLE_MILLIS = 300_000;

/** Options for `serveGrpcConnection`. */
export interface GrpcConnectionOptions {
  readonly fetch: Api['fetch'];
  /** Called when a call starts. The returned function is called when it ends. */
  readonly onCall: () => () => void;
}

/** Serves the gRPC services of the query APIs on a connection, whose first bytes are those of HTTP/2. */
export function serveGrpcConnection(socket: Socket, { fetch, onCall }: GrpcConnectionOptions): ServerHttp2Session {
  const session = http2.performServerHandshake(socket, { settings: { maxConcurrentStreams: MAX_STREAMS } });
  const { localAddress, remoteAddress } = socket;
  session.setTimeout(IDLE_MILLIS, () => session.close());
  // The connection ends with its errors, which only clients cause.
  session.on('error', () => session.destroy());
  session.on('stream', (stream, headers) => {
    stream.on('error', () => undefined);
    const onEnd = onCall();
    stream.once('close', onEnd);
    void respond(stream, headers, (request) => fetch(request, { localAddress, remoteAddress }));
  });
  return session;
}

async function respond(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  fetch: (request: Request) => Promise<Response>,
): Promise<void> {
  if (!`${headers['content-type']}`.startsWith('application/grpc')) {
    stream.respond({ ':status': 415 }, { endStream: true });
    return;
  }
  const ended = new AbortController();
  stream.once('close', () => ended.abort());
  try {
    const method = methodOf(headers[':path'] ?? '');
    const message = new MessageFields(await readMessage(stream, headers));
    const deadline = deadlineMillis(headers['grpc-timeout']);
    const signal =
      deadline === undefined ? ended.signal : AbortSignal.any([ended.signal, AbortSignal.timeout(deadline)]);
    await send(stream, await call(method, message, headers, signal, fetch));
  } catch (error) {
    const failure = grpcErrorOf(error);
    if (!stream.headersSent && !stream.destroyed) {
      stream.respond({ ...HEADERS, ...statusOf(failure.status, failure.message) }, { endStream: true });
    }
  }
}

const HEADERS = { ':status': 200, 'content-type': 'application/grpc' } as const;

function statusOf(status: number, message: string): Record<string, string> {
  return { 'grpc-status': `${status}`, 'grpc-message': encodeGrpcMessage(message.slice(0, MAX_TEXT)) };
}
/** Headers are limited in size. */
const MAX_TEXT = 2000;

function methodOf(path: string): GrpcMethod {
  const [, service = '', name = ''] = path.split('/');
  const methods = SERVICES.get(service);
  const method = methods !== undefined && Object.hasOwn(methods, name) ? methods[name] : undefined;
  if (method !== undefined) return method;
  throw new GrpcError(GRPC_STATUS.UNIMPLEMENTED, `unknown method ${name} for service ${service}`);
}

/** Reads the only message of a request. */
async function readMessage(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): Promise<Uint8Array> {
  stream.setTimeout(REQUEST_MILLIS, () => stream.close(http2.constants.NGHTTP2_CANCEL));
  const frame = await readBody(stream);
  stream.setTimeout(0);
  if (frame.length < PREFIX || frame.readUInt32BE(1) !== frame.length - PREFIX) {
    throw new GrpcError(GRPC_STATUS.INVALID_ARGUMENT, `expected one message, got ${frame.length} bytes`);
  }
  const message = frame.subarray(PREFIX);
  if (frame[0] === 0) return message;
  if (headers['grpc-encoding'] !== 'gzip') {
    throw new GrpcError(
      GRPC_STATUS.UNIMPLEMENTED,
      `grpc-encoding: expected gzip or identity, got ${JSON.stringify(headers['grpc-encoding'] ?? '')}`,
    );
  }
  return inflate(message);
}

/** Reads a body. A stream whose body is too large stays open for the response. */
function readBody(stream: ServerHttp2Stream): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const parts: Buffer[] = [];
  let size = 0;
  stream.on('data', (part: Buffer) => {
    size += part.length;
    if (size <= MAX_REQUEST) parts.push(part);
    else reject(tooLarge(size));
  });
  stream.once('end', () => resolve(Buffer.concat(parts)));
  stream.once('close', () => reject(new GrpcError(GRPC_STATUS.CANCELLED, 'the call was canceled')));
  return promise;
}

/** Length of the prefix of a message: a flag and its size. */
const PREFIX = 5;

function inflate(message: Buffer): Uint8Array {
  try {
    return gunzipSync(message, { maxOutputLength: MAX_REQUEST });
  } catch (cause) {
    if (cause instanceof RangeError) throw tooLarge(MAX_REQUEST);
    throw new GrpcError(GRPC_STATUS.INVALID_ARGUMENT, 'the message is not compressed with gzip', { cause });
  }
}

function tooLarge(size: number): GrpcError {
  return new GrpcError(
    GRPC_STATUS.RESOURCE_EXHAUSTED,
    `request: expected at most ${MAX_REQUEST} bytes, got ${size} or more`,
  );
}

/** Parses a timeout such as `500m`. Returns milliseconds. */
function deadlineMillis(text: string | string[] | undefined): number | undefined {
  const [, digits = '', unit = ''] = /^(\d{1,8})([HMSmun])$/.exec(String(text ?? '')) ?? [];
  const factor = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 0.001, n: 0.000_001 }[unit];
  return factor === undefined ? undefined : Math.min(Math.ceil(Number(digits) * factor), MAX_DEADLINE);
}
const MAX_DEADLINE = 3_600_000;

/** Calls the endpoint of the HTTP API with the credentials of the call, so that the same checks and limits apply. */
async function call(
  method: GrpcMethod,
  message: MessageFields,
  headers: IncomingHttpHeaders,
  signal: AbortSignal,
  fetch: (request: Request) => Promise<Response>,
): Promise<Iterable<Uint8Array>> {
  const { path, parameters } = method.request(message);
  const authority = headers[':authority'] ?? headers.host ?? '';
  const url = URL.parse(`http://${authority}${path}?${parameters}`);
  if (url === null) throw new GrpcError(GRPC_STATUS.INVALID_ARGUMENT, `invalid authority ${JSON.stringify(authority)}`);
  const own: Record<string, string> = { host: authority };
  for (const name of ['authorization', 'x-api-key', 'x-scope-orgid', 'origin']) {
    const value = headers[name];
    if (typeof value === 'string') own[name] = value;
  }
  const response = await fetch(new Request(url, { headers: own, signal }));
  if (response.status === 404 && method.isEmptyIfMissing === true) return [];
  if (!response.ok) throw new GrpcError(STATUSES[response.status] ?? GRPC_STATUS.UNKNOWN, await reasonOf(response));
  return method.respond(await response.json());
}

const STATUSES: Readonly<Record<number, number>> = {
  400: GRPC_STATUS.INVALID_ARGUMENT,
  401: GRPC_STATUS.UNAUTHENTICATED,
  403: GRPC_STATUS.PERMISSION_DENIED,
  404: GRPC_STATUS.NOT_FOUND,
  413: GRPC_STATUS.RESOURCE_EXHAUSTED,
  422: GRPC_STATUS.RESOURCE_EXHAUSTED,
  429: GRPC_STATUS.RESOURCE_EXHAUSTED,
  499: GRPC_STATUS.CANCELLED,
  500: GRPC_STATUS.INTERNAL,
  501: GRPC_STATUS.UNIMPLEMENTED,
  503: GRPC_STATUS.UNAVAILABLE,
  504: GRPC_STATUS.DEADLINE_EXCEEDED,
};

/** Returns the message of an error response in the forms of the APIs. */
async function reasonOf(response: Response): Promise<string> {
  const text = await response.text();
  if (!`${response.headers.get('content-type')}`.includes('json')) return text.trim() || `status ${response.status}`;
  const body = JSON.parse(text) as {
    readonly error?: { readonly message?: string };
    readonly errors?: readonly { readonly msg?: string }[] | null;
    readonly detail?: string;
    readonly title?: string;
  };
  return body.error?.message ?? body.errors?.[0]?.msg ?? body.detail ?? body.title ?? `status ${response.status}`;
}

async function send(stream: ServerHttp2Stream, messages: Iterable<Uint8Array>): Promise<void> {
  stream.respond(HEADERS, { waitForTrailers: true });
  let status = statusOf(GRPC_STATUS.OK, '');
  stream.once('wantTrailers', () => stream.sendTrailers(status));
  try {
    for (const message of messages) {
      const prefix = Buffer.alloc(PREFIX);
      prefix.writeUInt32BE(message.length, 1);
      stream.write(prefix);
      if (!stream.write(message)) await Promise.race([once(stream, 'drain'), once(stream, 'close')]);
      if (stream.destroyed) return;
    }
  } catch (error) {
    const failure = grpcErrorOf(error);
    status = statusOf(failure.status, failure.message);
  }
  stream.end();
}

function grpcErrorOf(error: unknown): GrpcError {
  if (error instanceof GrpcError) return error;
  if (error instanceof WireFormatError) return new GrpcError(GRPC_STATUS.INVALID_ARGUMENT, error.message);
  return new GrpcError(GRPC_STATUS.INTERNAL, 'internal error; see the log of otelier');
}
