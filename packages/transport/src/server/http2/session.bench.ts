/**
 * Benchmarks the CPU time of the server's HTTP/2 implementation per unary call, from the bytes read to the bytes
 * written, with a synchronous handler and without sockets: `node packages/transport/src/server/http2/session.bench.ts`.
 */
import { ACCEPTED } from '@otelier/otlp';
import type { ExportHandler } from '../../contract.ts';
import { writeFrame, writeNumberFrame, writeSettings } from '../../http2/frame-writer.ts';
import { DEFAULT_MAX_FRAME_BYTES, FLAG, FRAME } from '../../http2/frames.ts';
import { HpackEncoder } from '../../http2/hpack/encoder.ts';
import { grpcRoutes } from '../grpc/head.ts';
import { GrpcStream } from '../grpc/stream.ts';
import { IncomingRequests } from '../incoming-requests.ts';
import { Outbox } from './outbox.ts';
import { CALL } from './raw-client.testing.ts';
import { Session, type SessionEvents } from './session.ts';

const ROUNDS = 8;
const CALLS_PER_READ = 8;

const admission = { grow: () => true, release: () => {} };
const handler: ExportHandler = { admit: () => admission, export: () => ACCEPTED };
const context = {
  handler,
  admit: handler.admit,
  incoming: new IncomingRequests(),
  maxMessageBytes: 4 * 2 ** 20,
  requestTimeoutMillis: 60_000,
  auth: undefined,
  observe: undefined,
  onRejected: undefined,
  onInternalError: () => {},
};
const events: SessionEvents = {
  failed: ({ reason }) => {
    throw new Error(reason);
  },
  pinged: () => {},
  ponged: () => {},
  began: () => {},
  ended: () => {},
};
// The first block inserts the fields into the table. From then on each takes one byte, as with any client.
const encoder = new HpackEncoder();
const firstHead = encoder.encode(CALL);
const head = encoder.encode(CALL);

for (const sizeBytes of [100, 4_100, 410_000]) {
  const calls = sizeBytes > 100_000 ? 400 : 20_000;
  const best = Math.min(...Array.from({ length: ROUNDS }, () => measure(sizeBytes, calls)));
  console.log(`${sizeBytes} bytes per call: ${best.toFixed(0)} ns`);
}

function measure(sizeBytes: number, calls: number): number {
  const outbox = new Outbox();
  const routes = grpcRoutes();
  const session = new Session(
    outbox,
    {
      maxConcurrentStreams: 1000,
      maxHeaderBytes: 16_384,
      responseTimeoutMillis: 60_000,
      createCall: (stream) => new GrpcStream(stream, context, routes),
    },
    events,
    0,
  );
  session.greet();
  const greeting = new Outbox();
  writeSettings(greeting, []);
  receive(session, greeting.take());
  const reads = Array.from({ length: Math.ceil(calls / CALLS_PER_READ) }, (_, read) => requests(read, sizeBytes));
  const before = process.cpuUsage();
  let responseBytes = 0;
  for (const read of reads) {
    receive(session, read);
    responseBytes += outbox.take().length;
  }
  const { user, system } = process.cpuUsage(before);
  if (responseBytes === 0) throw new Error('expected responses, got none');
  return ((user + system) * 1000) / (reads.length * CALLS_PER_READ);
}

function receive(session: Session, bytes: Uint8Array): void {
  session.receive(bytes, 0, bytes.length, 0);
}

function requests(read: number, sizeBytes: number): Uint8Array {
  const outbox = new Outbox();
  // As clients do for responses they have read.
  writeNumberFrame(outbox, FRAME.WINDOW_UPDATE, 0, CALLS_PER_READ * 5);
  const message = new Uint8Array(5 + sizeBytes);
  new DataView(message.buffer).setUint32(1, sizeBytes);
  for (let call = 0; call < CALLS_PER_READ; call++) {
    const streamId = 2 * (read * CALLS_PER_READ + call) + 1;
    writeFrame(outbox, FRAME.HEADERS, FLAG.END_HEADERS, streamId, streamId === 1 ? firstHead : head);
    for (let at = 0; at < message.length; at += DEFAULT_MAX_FRAME_BYTES) {
      const part = message.subarray(at, at + DEFAULT_MAX_FRAME_BYTES);
      const isLast = at + part.length === message.length;
      writeFrame(outbox, FRAME.DATA, isLast ? FLAG.END_STREAM : 0, streamId, part);
    }
  }
  return outbox.take();
}
