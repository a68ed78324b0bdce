import http from 'node:http';
import http2 from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { Outcome } from '@otelier/otlp';
import { createRecordingHandler } from '@otelier/testkit/recording-handler';
import { createWebSocketServer } from '@otelier/transport/websocket-server';
import type { Lifetime } from '../gateway.ts';
import { type HostileResponse, partialSuccess, rpcStatus } from './responses.ts';

/** A destination that responds to every request with `response`. */
export interface HostileDestination {
  readonly endpoint: string;
  response: HostileResponse;
  /** Number of responses so far. */
  count: number;
}

/** Starts a destination for a transport. */
export async function startHostileDestination(
  lifetime: Lifetime,
  transport: 'http' | 'grpc' | 'websocket',
  response: HostileResponse,
): Promise<HostileDestination> {
  const destination = { endpoint: '', response, count: 0 };
  if (transport === 'websocket') {
    const handler = createRecordingHandler();
    handler.response = () => {
      destination.count += 1;
      return outcomeOf(destination.response);
    };
    const server = await createWebSocketServer({ endpoint: '127.0.0.1:0' }, handler);
    lifetime.after(() => server.shutdown(0));
    return Object.assign(destination, { endpoint: `ws://${server.address}` });
  }
  const server = transport === 'http' ? httpServer(destination) : grpcServer(destination);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  lifetime.after(async () => {
    server.close();
    if (server instanceof http.Server) server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  return Object.assign(destination, { endpoint: `http://127.0.0.1:${port}` });
}

function outcomeOf({ kind, count, message }: HostileResponse): Outcome {
  const number = Number(BigInt.asUintN(64, count));
  if (kind === 'partial') return { kind, rejectedItems: number, reason: message };
  return kind === 'retry' ? { kind, afterMillis: number, reason: message } : { kind, reason: message };
}

const STATUS = { partial: 200, retry: 503, refused: 400 } as const;

function httpServer(destination: HostileDestination): http.Server {
  return http.createServer((request, response) => {
    request.resume().on('end', () => {
      const hostile = destination.response;
      const { kind, jsonCount, jsonMessage, retryAfter } = hostile;
      const isJson = request.headers['content-type'] === 'application/json';
      const json =
        kind === 'partial'
          ? { partialSuccess: { rejectedSpans: jsonCount, errorMessage: jsonMessage } }
          : { code: jsonCount, message: jsonMessage };
      const body = isJson ? JSON.stringify(json) : kind === 'partial' ? partialSuccess(hostile) : rpcStatus(hostile);
      const type = isJson ? 'application/json' : 'application/x-protobuf';
      response.writeHead(STATUS[kind], { 'content-type': type, 'retry-after': retryAfter }).end(body);
      destination.count += 1;
    });
  });
}

/** Maximum size of a gRPC message header. Clients reject larger header fields before reading them. */
const MAX_GRPC_MESSAGE = 4_000;

function grpcServer(destination: HostileDestination): http2.Http2Server {
  const server = http2.createServer();
  server.on('stream', (stream: http2.ServerHttp2Stream) => {
    stream.on('error', () => undefined);
    stream.resume();
    stream.on('end', () => {
      const hostile = destination.response;
      const text = encodeURIComponent(
        hostile.message
          .toWellFormed()
          .slice(0, MAX_GRPC_MESSAGE / 12)
          .toWellFormed(),
      );
      const details = rpcStatus({ ...hostile, message: '' }).toString('base64');
      const trailers = {
        'grpc-status': { partial: '0', retry: '14', refused: '3' }[hostile.kind],
        ...(hostile.kind === 'partial' ? {} : { 'grpc-message': text, 'grpc-status-details-bin': details }),
      };
      stream.on('wantTrailers', () => stream.sendTrailers(trailers));
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
      const message = hostile.kind === 'partial' ? partialSuccess(hostile) : Buffer.alloc(0);
      const head = Buffer.alloc(5);
      head.writeUInt32BE(message.length, 1);
      stream.end(Buffer.concat([head, message]));
      destination.count += 1;
    });
  });
  return server;
}
