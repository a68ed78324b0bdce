/**
 * Opens slow and misbehaving connections and keeps them open, reconnecting when the server closes one. Runs as a
 * separate process, so that normal clients measure only the server. Argument: an `Attack` as JSON. Sends a message to
 * its parent when all connections have been opened once.
 */
import net from 'node:net';
import { createRandom } from '@otelier/testkit/otlp/random';
import { frame, settings } from '../../../packages/transport/src/client/http2/raw-server.testing.ts';
import { callHeaders, message, prefix } from '../../../packages/transport/src/server/http2/raw-client.testing.ts';

/** The target and kind of an attack. */
export interface Attack {
  readonly seed: number;
  readonly http: number;
  readonly grpc: number;
  readonly websocket: number;
  readonly connections: number;
  /** Whether all connections are idle. Otherwise, all kinds take turns. */
  readonly isIdle: boolean;
}

type Kind = (attack: Attack, random: (below: number) => number) => { port: number; first: Buffer; drip?: Buffer };

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const DATA = 0;
const MIB = 2 ** 20;

const head = (more: string) =>
  Buffer.from(`POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-protobuf\r\n${more}`);
const http2 = (...frames: readonly Buffer[]) => Buffer.concat([PREFACE, settings(), ...frames]);

const idle: Kind = ({ http, grpc, websocket }, random) => ({
  port: [http, grpc, websocket][random(3)] ?? http,
  first: Buffer.alloc(0),
});

const KINDS: readonly Kind[] = [
  idle,
  // A declared length that is followed by little or no data.
  ({ http }, random) => ({
    port: http,
    first: Buffer.concat([head(`content-length: ${1 + random(20 * MIB)}\r\n\r\n`), Buffer.alloc(random(2))]),
  }),
  ({ http }) => ({ port: http, first: head(`content-length: ${MIB}\r\n\r\n`), drip: Buffer.alloc(1) }),
  ({ http }) => ({ port: http, first: head('x-slow: '), drip: Buffer.from('a') }),
  ({ http }) => ({ port: http, first: head('transfer-encoding: chunked\r\n\r\n'), drip: Buffer.from('1\r\na\r\n') }),
  ({ grpc }) => ({ port: grpc, first: PREFACE.subarray(0, 1), drip: Buffer.from('R') }),
  // Declared messages that never arrive.
  ({ grpc }, random) => ({
    port: grpc,
    first: http2(
      ...Array.from({ length: 20 }, (_, i) =>
        Buffer.concat([
          callHeaders(2 * i + 1),
          frame(DATA, 0, 2 * i + 1, Buffer.concat([prefix(4 * MIB - random(1000)), Buffer.alloc(random(100))])),
        ]),
      ),
    ),
  }),
  ({ grpc }) => ({
    port: grpc,
    first: http2(callHeaders(1), frame(DATA, 0, 1, prefix(MIB))),
    drip: frame(DATA, 0, 1, Buffer.alloc(1)),
  }),
  ({ grpc }) => ({ port: grpc, first: http2(...Array.from({ length: 200 }, (_, i) => callHeaders(2 * i + 1))) }),
  // A window that never opens, so that responses block.
  ({ grpc }) => ({
    port: grpc,
    first: Buffer.concat([PREFACE, settings({ 4: 0 }), callHeaders(1), message(1), callHeaders(3), message(3)]),
  }),
  // Incorrect lengths.
  ({ grpc }) => ({
    port: grpc,
    first: http2(callHeaders(1), frame(DATA, 1, 1, Buffer.concat([prefix(10), prefix(0)]))),
  }),
  ({ websocket }, random) => {
    const upgrade = Buffer.from(
      'GET /v1/otlp HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n' +
        'sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\nsec-websocket-protocol: otlp.otelier.v1\r\n\r\n',
    );
    // A 10 MiB frame, of which only a few bytes arrive.
    const frameHead = Buffer.from([0x82, 0xff, 0, 0, 0, 0, 0, 0xa0, 0, 0, 0, 0, 0, 0]);
    const isSilent = random(2) === 0;
    const first = isSilent ? upgrade : Buffer.concat([upgrade, frameHead, Buffer.alloc(random(8192))]);
    return { port: websocket, first, ...(isSilent ? {} : { drip: Buffer.alloc(1) }) };
  },
];

const attack = JSON.parse(process.argv[2] ?? '{}') as Attack;
const random = createRandom(attack.seed);
const drips = new Map<net.Socket, Buffer>();
let opened = 0;

for (let index = 0; index < attack.connections; index += 1) {
  open(attack.isIdle ? idle : (KINDS[index % KINDS.length] ?? idle));
  if (index % 100 === 99) await new Promise((resolve) => setImmediate(resolve));
}
setInterval(() => {
  for (const [socket, bytes] of drips) socket.write(bytes);
}, 1000);
process.on('disconnect', () => process.exit(0));

function open(kind: Kind): void {
  const { port, first, drip } = kind(attack, random);
  const socket = net.connect({ port, host: '127.0.0.1' });
  socket.on('error', () => {});
  socket.on('connect', () => {
    socket.write(first);
    if (drip !== undefined) drips.set(socket, drip);
  });
  // Discards responses, which would otherwise fill the socket buffer.
  socket.resume();
  socket.on('close', () => {
    drips.delete(socket);
    // Reconnects after about a second, so that the attack is not a flood.
    setTimeout(() => open(kind), 500 + random(1000));
  });
  const done = () => {
    opened += 1;
    if (opened === attack.connections) process.send?.('ready');
  };
  socket.once('connect', done);
  socket.once('error', done);
}
