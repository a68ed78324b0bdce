import { transportContract } from '@otelier/testkit/transport-contract';
import type { ClientUnderTest, ServerUnderTest } from '@otelier/testkit/transport-contract/under-test';
import {
  createGrpcClient,
  createGrpcServer,
  createHttpClient,
  createHttpServer,
  createWebSocketClient,
  createWebSocketServer,
} from './index.ts';
import { createNodeHttp2GrpcServer } from './server/grpc/node-http2-server.testing.ts';
import { createNodeHttpServer } from './server/http/node-http-server.testing.ts';

const MIB = 1024 * 1024;

const clientOptions = ({ address, tls = { insecure: true }, ...rest }: ClientUnderTest) => ({
  ...rest,
  tls,
  endpoint: address,
});
const limitOf = ({ maxBodyBytes = 20 * MIB }: ServerUnderTest) => maxBodyBytes;

transportContract('OTLP/HTTP', {
  compressions: ['none', 'gzip', 'deflate', 'zstd', 'brotli', 'snappy', 'x-snappy-framed', 'lz4'],
  createServer: (options, handler) => createHttpServer({ ...options, maxBodyBytes: limitOf(options) }, handler),
  createClient: (options) => createHttpClient(clientOptions(options)),
});

transportContract('OTLP/HTTP on node:http', {
  compressions: ['none', 'gzip'],
  createServer: (options, handler) => createNodeHttpServer({ ...options, maxBodyBytes: limitOf(options) }, handler),
  createClient: (options) => createHttpClient(clientOptions(options)),
});

transportContract('OTLP/gRPC', {
  compressions: ['none', 'gzip', 'deflate', 'zstd', 'snappy'],
  createServer: (options, handler) => createGrpcServer({ ...options, maxMessageBytes: limitOf(options) }, handler),
  createClient: (options) => createGrpcClient(clientOptions(options)),
});

transportContract('OTLP/gRPC on node:http2', {
  compressions: ['none', 'gzip', 'deflate', 'zstd'],
  createServer: (options, handler) =>
    createNodeHttp2GrpcServer({ ...options, maxMessageBytes: limitOf(options) }, handler),
  createClient: (options) => createGrpcClient(clientOptions(options)),
});

transportContract('OTLP over WebSocket', {
  compressions: ['none', 'gzip', 'deflate', 'zstd', 'brotli'],
  createServer: (options, handler) => createWebSocketServer({ ...options, maxBodyBytes: limitOf(options) }, handler),
  createClient: (options) => createWebSocketClient(clientOptions(options)),
});
