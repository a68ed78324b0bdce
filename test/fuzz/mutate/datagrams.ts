import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { Random } from '@otelier/testkit/otlp/random';
import { mutateBytes, noise } from './bytes.ts';

/**
 * Encodes a message as datagrams (docs/protocol/udp.md), independently of the code under test: fragmented, reordered,
 * duplicated, missing, corrupted, or inconsistent but with a valid checksum.
 */
export function datagramsOf(message: Uint8Array, random: Random): readonly Uint8Array[] {
  const sender = { session: noise(8, random), sequence: random(1_000), messageSequence: random(1_000) };
  const datagrams = fragments(message, sender, 1 + random(5));
  for (let rest = random(4); rest > 0; rest--) {
    const at = random(datagrams.length);
    const datagram = datagrams[at];
    if (datagram === undefined) continue;
    const mutation = MUTATIONS[random(MUTATIONS.length)];
    datagrams.splice(at, 1, ...(mutation?.(datagram, random, sender) ?? [datagram]));
  }
  return datagrams;
}

/** Encodes a message as intact datagrams from a separate sender. */
export function intactDatagrams(message: Uint8Array, random: Random): readonly Uint8Array[] {
  return fragments(message, { session: noise(8, random), sequence: 0, messageSequence: 0 }, 1);
}

interface Sender {
  readonly session: Uint8Array;
  readonly sequence: number;
  readonly messageSequence: number;
}

const HEADER_BYTES = 52;

function fragments(message: Uint8Array, { session, sequence, messageSequence }: Sender, pieces: number): Uint8Array[] {
  const size = Math.ceil(message.length / pieces);
  const count = Math.ceil(message.length / size);
  const check = createHash('sha256').update(message).digest().subarray(0, 8);
  return Array.from({ length: count }, (_, index) => {
    const payload = message.subarray(index * size, (index + 1) * size);
    const datagram = Buffer.alloc(HEADER_BYTES + payload.length + 4);
    datagram.write('OTLU');
    datagram.set([1, DATA, 0, 0], 4);
    datagram.set(session, 8);
    datagram.writeBigUInt64BE(BigInt(sequence + index), 16);
    datagram.writeBigUInt64BE(BigInt(messageSequence), 24);
    datagram.writeUInt32BE(message.length, 32);
    datagram.writeUInt16BE(count, 36);
    datagram.writeUInt16BE(index, 38);
    datagram.set([TRACES, 0, 0, 0], 40);
    datagram.set(check, 44);
    datagram.set(payload, HEADER_BYTES);
    return seal(datagram);
  });
}

const DATA = 1;
const TRACES = 1;

/** Recomputes the checksum. */
function seal(datagram: Buffer): Buffer {
  datagram.writeUInt32BE(crc32(datagram.subarray(0, -4)), datagram.length - 4);
  return datagram;
}

/** Mutates one datagram. */
type Mutation = (datagram: Uint8Array, random: Random, sender: Sender) => readonly Uint8Array[];

const MUTATIONS: readonly Mutation[] = [
  () => [],
  (datagram) => [datagram, datagram],
  (datagram, random) => [mutateBytes(datagram, random)],
  (datagram, random) => [resealed(mutateBytes(datagram.subarray(0, -4), random))],
  (datagram, random) => [resealed(withField(datagram, random))],
  (datagram, random) => [resealed(withField(datagram, random)), datagram],
  (datagram, random) => [datagram.slice(0, random(datagram.length))],
  (datagram, random) => [resealed(datagram.slice(0, random(datagram.length)))],
  (datagram, random) => [noise(random(200), random), datagram],
  (datagram, random, { session }) => [control(session, random), datagram],
  (datagram, random, { session }) => [datagram, control(session, random)],
];

function resealed(contents: Uint8Array): Uint8Array {
  return seal(Buffer.concat([contents, Buffer.alloc(4)]));
}

/** Sets a numeric header field to a limit value, with a valid checksum. */
function withField(datagram: Uint8Array, random: Random): Uint8Array {
  const changed = Buffer.from(datagram.subarray(0, -4));
  const [at, width] = NUMBERS[random(NUMBERS.length)] ?? [4, 1];
  if (changed.length >= at + width) changed.set(edge(width, random), at);
  return changed;
}

/** Offsets and sizes of the numeric header fields. */
const NUMBERS: readonly (readonly [number, number])[] = [
  ...([4, 5, 6, 7, 40, 41, 42, 43] as const).map((at) => [at, 1] as const),
  ...([16, 24, 8, 44] as const).map((at) => [at, 8] as const),
  ...([32] as const).map((at) => [at, 4] as const),
  ...([36, 38] as const).map((at) => [at, 2] as const),
];

function edge(width: number, random: Random): Uint8Array {
  const bytes = new Uint8Array(width).fill(random(3) === 0 ? 0xff : 0);
  if (random(2) === 0) bytes[width - 1] = random(256);
  if (random(4) === 0) bytes[0] = random(256);
  return bytes;
}

/** Generates parity, report, challenge, proof, mark and unknown datagrams of about the correct length. */
function control(session: Uint8Array, random: Random): Uint8Array {
  const length = [16, 32, 52, 60, 112][random(5)] ?? 16;
  const datagram = Buffer.alloc(length + 4);
  datagram.write('OTLU');
  datagram.set([1, random(9), 0, 0], 4);
  datagram.set(session, 8);
  if (random(2) === 0) datagram.set(noise(length - 16, random), 16);
  return seal(datagram);
}
