/**
 * Measures server CPU time per gRPC call, including kernel time, with a no-op handler. Shows how much is saved by the
 * project's own HTTP/2 framing, the shared buffer and request coalescing. Each variant runs in its own process, with its
 * clients in another. Run: node packages/transport/src/server/grpc/server.bench.ts
 */
import net from 'node:net';
import { systemClock } from '../../clock.ts';
import type { ExportHandler } from '../../contract.ts';
import { writeFrame, writeNumberFrame, writeSettings } from '../../http2/frame-writer.ts';
import { DEFAULT_MAX_FRAME_BYTES, FLAG, FRAME, PREFACE } from '../../http2/frames.ts';
import { Connection } from '../http2/connection.ts';
import { Connections } from '../http2/connections.ts';
import { Outbox } from '../http2/outbox.ts';
import { CALL_BLOCK } from '../http2/raw-client.testing.ts';
import { listen } from '../listen.ts';
import { compareServers } from '../server-comparison.testing.ts';
import { readIntoSharedBuffer } from '../shared-read-buffer.ts';
import { createNodeHttp2GrpcServer } from './node-http2-server.testing.ts';
import { connectionOptions } from './server.ts';

const LOADS = {
  '4 kB, 2 connections, 8 concurrent calls': { bodyBytes: 4_100, connections: 2, calls: 8 },
  '4 kB, 2 connections, 64 concurrent calls': { bodyBytes: 4_100, connections: 2, calls: 64 },
  '400 kB, 2 connections, 8 concurrent calls': { bodyBytes: 410_000, connections: 2, calls: 8 },
};
type Load = (typeof LOADS)[keyof typeof LOADS];

const VARIANTS = ['node:http2', 'own frames', '+ shared buffer', '+ coalescing'] as const;
type Variant = (typeof VARIANTS)[number];

await compareServers<Variant, Load>({
  file: import.meta.filename,
  variants: VARIANTS,
  loads: LOADS,
  unit: 'call',
  serve: (variant, handler) => (variant === 'node:http2' ? onNodeHttp2(handler) : onOwnFrames(variant, handler)),
  send,
});

async function onNodeHttp2(handler: ExportHandler): Promise<string> {
  return (await createNodeHttp2GrpcServer({ endpoint: '127.0.0.1:0' }, handler)).address;
}

async function onOwnFrames(variant: Variant, handler: ExportHandler): Promise<string> {
  const options = { endpoint: '127.0.0.1:0' };
  const settings = connectionOptions(options, handler, systemClock, new Connections());
  const own = { ...settings, ...(variant === '+ coalescing' ? {} : { onServed: () => {} }) };
  const listener = await listen(options.endpoint);
  listener.accept((accepted) => {
    if (variant === 'own frames') {
      const connection = new Connection(accepted, own);
      accepted.on('data', (chunk: Buffer) => connection.receive(chunk, chunk.length));
    } else {
      readIntoSharedBuffer(accepted, (socket) => {
        const connection = new Connection(socket, own);
        return (bytes, length) => connection.receive(bytes, length);
      });
    }
  });
  return listener.address;
}

/** Starts clients that send their next call as soon as they receive a response. */
function send(port: number, { bodyBytes, connections, calls }: Load): void {
  const message = new Uint8Array(5 + bodyBytes);
  new DataView(message.buffer).setUint32(1, bodyBytes);
  for (let i = 0; i < connections; i++) {
    const socket = net.connect({ port, host: '127.0.0.1', noDelay: true });
    let streamId = 1;
    const begin = (count: number) => {
      const outbox = new Outbox();
      // As clients do for responses they have read.
      if (count > 0) writeNumberFrame(outbox, FRAME.WINDOW_UPDATE, 0, count * 5);
      for (let call = 0; call < count; call++, streamId += 2) writeCall(outbox, streamId, message);
      if (!outbox.isEmpty) socket.write(outbox.take());
    };
    socket.on('connect', () => {
      const greeting = new Outbox();
      writeSettings(greeting, []);
      socket.write(PREFACE);
      socket.write(greeting.take());
      begin(calls / connections);
    });
    let rest: Buffer = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      let at = 0;
      let responses = 0;
      while (at + 9 <= rest.length && at + 9 + rest.readUIntBE(at, 3) <= rest.length) {
        if (rest[at + 3] === FRAME.HEADERS && (rest[at + 4] & FLAG.END_STREAM) !== 0) responses += 1;
        at += 9 + rest.readUIntBE(at, 3);
      }
      rest = rest.subarray(at);
      begin(responses);
    });
    socket.on('error', () => {});
  }
}

function writeCall(outbox: Outbox, streamId: number, message: Uint8Array): void {
  writeFrame(outbox, FRAME.HEADERS, FLAG.END_HEADERS, streamId, CALL_BLOCK);
  for (let at = 0; at < message.length; at += DEFAULT_MAX_FRAME_BYTES) {
    const part = message.subarray(at, at + DEFAULT_MAX_FRAME_BYTES);
    const isLast = at + part.length === message.length;
    writeFrame(outbox, FRAME.DATA, isLast ? FLAG.END_STREAM : 0, streamId, part);
  }
}
