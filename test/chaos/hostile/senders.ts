import { connect } from 'node:http2';
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import { requestToJson } from '@otelier/otlp';
import { compress } from '@otelier/transport/compression';
import type { Gateway } from '../../e2e/gateway.ts';
import type { HostileBody } from './bodies.ts';

/** The transport over which a request is sent. */
export type Transport = 'http' | 'json' | 'grpc';
/** Content encodings, by their name on the wire. */
export const ENCODINGS = ['identity', 'gzip', 'deflate', 'zstd', 'br', 'snappy', 'lz4'] as const;
/** A content encoding. */
export type Encoding = (typeof ENCODINGS)[number];

const COMPRESS: Readonly<Record<Encoding, (bytes: Uint8Array) => Promise<Uint8Array>>> = {
  identity: async (bytes) => bytes,
  gzip: (bytes) => promisify<zlib.InputType, zlib.ZlibOptions, Buffer>(zlib.gzip)(bytes, { level: 6 }),
  deflate: (bytes) => promisify<zlib.InputType, zlib.ZlibOptions, Buffer>(zlib.deflate)(bytes, { level: 6 }),
  zstd: (bytes) => promisify<zlib.InputType, Buffer>(zlib.zstdCompress)(bytes),
  br: (bytes) =>
    promisify<zlib.InputType, zlib.BrotliOptions, Buffer>(zlib.brotliCompress)(bytes, {
      params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 4 },
    }),
  snappy: async (bytes) => compress('snappy', [bytes]),
  lz4: async (bytes) => compress('lz4', [bytes]),
};

/** Sends a prepared request. May be called any number of times. Returns the status as an HTTP status code. */
export type Send = (gateway: Gateway) => Promise<number>;

/** Encodes a request once. */
export async function prepare(body: HostileBody, transport: Transport, encoding: Encoding): Promise<Send> {
  const { signal } = body;
  const message = transport === 'json' ? Buffer.from(requestToJson(signal, body.bytes)) : body.bytes;
  const bytes = await COMPRESS[encoding](message);
  if (transport === 'grpc') return (gateway) => sendGrpc(gateway, signal, encoding, bytes);
  const type = transport === 'json' ? 'application/json' : 'application/x-protobuf';
  const headers = { 'content-type': type, ...(encoding === 'identity' ? {} : { 'content-encoding': encoding }) };
  return async ({ http }) => {
    const response = await fetch(`${http}/v1/${signal}`, { method: 'POST', headers, body: Buffer.from(bytes) });
    await response.arrayBuffer();
    return response.status;
  };
}

const SERVICES: Readonly<Record<string, string>> = { traces: 'Trace', logs: 'Logs', metrics: 'Metrics' };

function sendGrpc(gateway: Gateway, signal: string, encoding: Encoding, bytes: Uint8Array): Promise<number> {
  const service = SERVICES[signal] ?? '';
  const header = Buffer.alloc(5);
  header.writeUInt8(encoding === 'identity' ? 0 : 1);
  header.writeUInt32BE(bytes.length, 1);
  return new Promise((resolve, reject) => {
    const session = connect(`http://${gateway.grpc}`);
    session.on('error', reject);
    const stream = session.request({
      ':method': 'POST',
      ':path': `/opentelemetry.proto.collector.${signal === 'traces' ? 'trace' : signal}.v1.${service}Service/Export`,
      'content-type': 'application/grpc',
      te: 'trailers',
      ...(encoding === 'identity' ? {} : { 'grpc-encoding': encoding }),
    });
    let status = 0;
    const note = (headers: Readonly<Record<string, unknown>>) => {
      if (headers['grpc-status'] !== undefined) status = Number(headers['grpc-status']) === 0 ? 200 : 500;
    };
    stream.on('response', note).on('trailers', note).on('error', reject).resume();
    stream.on('close', () => {
      session.close();
      resolve(status);
    });
    stream.end(Buffer.concat([header, bytes]));
  });
}
