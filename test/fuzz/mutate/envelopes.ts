import { gzipSync } from 'node:zlib';
import { WireType } from '@otelier/otlp';
import type { Random } from '@otelier/testkit/otlp/random';
import { noise } from './bytes.ts';
import { mutateWire } from './wire.ts';
import { encodeVarint, nodeOf, type WireNode, writeTree } from './wire-tree.ts';

/** Generates the messages of a WebSocket client (docs/protocol/websocket.md), a hello and requests, with mutations. */
export function conversation(bodies: readonly Uint8Array[], random: Random): readonly Uint8Array[] {
  const session = Buffer.from(noise(12, random)).toString('hex');
  const hello = [nodeOf(HELLO, WireType.lengthDelimited, [text(1, session), ids(2, random)])];
  const messages = bodies.map((body, index) => {
    const tree = exportOf(index + 1, body, random);
    return random(3) === 0 ? mutateWire(tree, random) : writeTree(tree);
  });
  const greeting = random(10) === 0 ? mutateWire(hello, random) : writeTree(hello);
  if (random(20) === 0) messages.splice(random(messages.length), 0, subscription(random));
  return random(30) === 0 ? messages : [greeting, ...messages];
}

const HELLO = 1;
const EXPORT = 2;
const SUBSCRIBE = 3;

function exportOf(id: number, body: Uint8Array, random: Random): WireNode[] {
  const isCompressed = random(6) === 0;
  const fields = [
    nodeOf(1, WireType.varint, encodeVarint(random(20) === 0 ? pick(ODD_IDS, random) : id)),
    text(2, random(30) === 0 ? pick(ODD_TEXTS, random) : 'traces'),
    ...(random(3) === 0 ? [text(3, random(10) === 0 ? pick(ODD_TEXTS, random) : 'protobuf')] : []),
    ...(isCompressed ? [text(4, random(5) === 0 ? pick(ODD_TEXTS, random) : 'gzip')] : []),
    ...Array.from({ length: random(20) === 0 ? random(80) : 0 }, () =>
      nodeOf(5, WireType.lengthDelimited, [text(1, pick(ODD_TEXTS, random)), text(2, 'x')]),
    ),
    nodeOf(15, WireType.lengthDelimited, isCompressed ? gzipSync(body, { level: 1 }) : body),
  ];
  return [nodeOf(EXPORT, WireType.lengthDelimited, fields)];
}

const ODD_IDS = [0n, 1n, 2n, 2n ** 31n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n];
const ODD_TEXTS = [
  '',
  'traces',
  'metrics',
  'TRACES',
  'json',
  'zstd',
  'br',
  'deflate',
  'identity',
  '__proto__',
  'é',
  'a b',
];

function subscription(random: Random): Uint8Array {
  const filters = [
    '',
    'true',
    'name == "x"',
    '('.repeat(1 + random(3_000)),
    'attributes["a"',
    'IsMatch(name, "(a+)+$")',
  ];
  const fields = [
    nodeOf(1, WireType.varint, encodeVarint(1 + random(5))),
    text(2, 'traces'),
    text(3, pick(filters, random)),
  ];
  return writeTree([nodeOf(SUBSCRIBE + random(3), WireType.lengthDelimited, fields)]);
}

function ids(field: number, random: Random): WireNode {
  const list = Array.from({ length: random(5) }, () => encodeVarint(1 + random(300)));
  return nodeOf(field, WireType.lengthDelimited, Buffer.concat(list));
}

function text(field: number, value: string): WireNode {
  return nodeOf(field, WireType.lengthDelimited, Buffer.from(value));
}

function pick<T>(values: readonly T[], random: Random): T {
  return values[random(values.length)] as T;
}
