import assert from 'node:assert/strict';
import { ACCEPTED } from '@otelier/otlp';
import { createManualClock, type ManualClock } from '@otelier/testkit/clock';
import { createRecordingHandler, type RecordingHandler } from '@otelier/testkit/recording-handler';
import { DATA, GOAWAY, RESET } from '../../client/http2/raw-server.testing.ts';
import type { ExportServer } from '../../contract.ts';
import { HpackDecoder } from '../../http2/hpack/decoder.ts';
import type { GrpcServerOptions } from '../grpc/options.ts';
import { createGrpcServer } from '../grpc/server.ts';
import { call, RawClient } from './raw-client.testing.ts';

/** HTTP/2 error codes, independent of the code under test. */
export const PROTOCOL_ERROR = 1;
export const FLOW_CONTROL_ERROR = 3;
export const STREAM_CLOSED = 5;
export const FRAME_SIZE_ERROR = 6;
export const REFUSED_STREAM = 7;
export const CANCEL = 8;
export const COMPRESSION_ERROR = 9;
export const ENHANCE_YOUR_CALM = 11;

interface Bench {
  readonly handler: RecordingHandler;
  readonly clock: ManualClock;
  readonly server: ExportServer;
  connect(values?: Readonly<Record<number, number>>): RawClient;
}

/** Runs `body` with a server, then checks that other connections are still served and no memory is held. */
export async function withServer(
  body: (bench: Bench) => Promise<void>,
  options: Partial<GrpcServerOptions> = {},
): Promise<void> {
  const handler = createRecordingHandler();
  const clock = createManualClock();
  const server = await createGrpcServer({ endpoint: '127.0.0.1:0', clock, ...options }, handler);
  const clients: RawClient[] = [];
  const connect = (values: Readonly<Record<number, number>> = {}) => {
    const client = RawClient.connect(server.address, values);
    clients.push(client);
    return client;
  };
  const otherClient = connect();
  try {
    otherClient.send(call(1));
    await otherClient.next(DATA, 1);
    await body({ handler, clock, server, connect });
    handler.response = () => ACCEPTED;
    handler.rejection = undefined;
    otherClient.send(call(3));
    assert.deepEqual([...(await otherClient.next(DATA, 3)).payload], [0, 0, 0, 0, 0]);
  } finally {
    for (const { socket } of clients) socket.destroy();
    await server.shutdown(0);
  }
  await handler.untilReleased();
  assert.equal(handler.reservedBytes, 0);
}

function codeOf(payload: Buffer, at: number): number {
  return payload.readUInt32BE(at);
}

/** Returns the GOAWAY error code once the connection has closed. */
export async function goawayCode(client: RawClient): Promise<number> {
  const { payload } = await client.next(GOAWAY);
  await client.closed();
  return codeOf(payload, 4);
}

/** Returns the error code with which a stream was reset. */
export async function resetCode(client: RawClient, streamId: number): Promise<number> {
  return codeOf((await client.next(RESET, streamId)).payload, 0);
}

/** Decodes the header block of a response. */
export function fields(block: Buffer): Readonly<Record<string, unknown>> {
  const decoded = new HpackDecoder({ maxListBytes: 16_384, messages: 'response' }).decode(block);
  assert.ok(decoded.kind === 'block');
  return decoded.fields;
}

/** Concatenates `count` byte sequences. */
export function repeat(count: number, make: (index: number) => Uint8Array): Buffer {
  return Buffer.concat(Array.from({ length: count }, (_, index) => make(index)));
}
