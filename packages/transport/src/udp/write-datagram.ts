import {
  COMMON_BYTES,
  COMPRESSION_NUMBERS,
  COUNTERS,
  ENCODING_NUMBERS,
  FLAG_TAGGED,
  FRAGMENT_HEADER_BYTES,
  MAGIC,
  type MessageHeader,
  REPORT_BYTES,
  SIGNAL_NUMBERS,
  TYPE_NUMBERS,
  type UdpCounters,
  VERSION,
} from './datagram.ts';
import { type SharedKey, seal, trailerBytes } from './integrity.ts';

/** The session and key with which datagrams are written. */
export interface Writer {
  /** Session identifier: eight bytes as latin1. */
  readonly session: string;
  readonly key: SharedKey | undefined;
}

/** A fragment of a message or the parity of a group, before it is assigned a sequence number. */
export interface FragmentContents {
  readonly kind: 'data' | 'parity';
  readonly index: number;
  readonly payload: Uint8Array;
}

/** Encodes a fragment as a datagram. */
export function writeFragment(
  writer: Writer,
  sequence: number,
  messageSequence: number,
  header: MessageHeader,
  { kind, index, payload }: FragmentContents,
): Buffer {
  const datagram = begin(writer, kind, FRAGMENT_HEADER_BYTES + payload.length);
  writeSafeInteger(datagram, 16, sequence);
  writeSafeInteger(datagram, 24, messageSequence);
  datagram.writeUInt32BE(header.length, 32);
  datagram.writeUInt16BE(header.fragmentCount, 36);
  datagram.writeUInt16BE(index, 38);
  datagram[40] = SIGNAL_NUMBERS.indexOf(header.signal);
  datagram[41] = ENCODING_NUMBERS.indexOf(header.encoding);
  datagram[42] = COMPRESSION_NUMBERS.indexOf(header.compression);
  datagram[43] = header.groupSize;
  datagram.write(header.check, 44, 'latin1');
  datagram.set(payload, FRAGMENT_HEADER_BYTES);
  return seal(datagram, writer.key);
}

/** Encodes a report. */
export function writeReport(writer: Writer, number: number, expected: number, counters: UdpCounters): Buffer {
  const datagram = begin(writer, 'report', REPORT_BYTES);
  writeSafeInteger(datagram, 16, number);
  writeSafeInteger(datagram, 24, expected);
  for (const [index, name] of COUNTERS.entries()) writeSafeInteger(datagram, 32 + index * 8, counters[name]);
  return seal(datagram, writer.key);
}

/** Encodes a mark. It is as long as the report it requests, so that the report may be sent to an unproved address. */
export function writeMark(writer: Writer, sequence: number, messageSequence: number): Buffer {
  const datagram = begin(writer, 'mark', REPORT_BYTES);
  writeSafeInteger(datagram, 16, sequence);
  writeSafeInteger(datagram, 24, messageSequence);
  datagram.fill(0, 32, REPORT_BYTES);
  return seal(datagram, writer.key);
}

/** Encodes a challenge, or the proof that returns it. */
export function writeCookie(writer: Writer, kind: 'challenge' | 'proof', cookie: Uint8Array): Buffer {
  const datagram = begin(writer, kind, COMMON_BYTES + cookie.length);
  datagram.set(cookie, COMMON_BYTES);
  return seal(datagram, writer.key);
}

/** Allocates a datagram with `length` bytes before its trailer and writes the common header. */
function begin({ session, key }: Writer, kind: keyof typeof TYPE_NUMBERS, length: number): Buffer {
  const datagram = Buffer.allocUnsafe(length + trailerBytes(key));
  datagram.writeUInt32BE(MAGIC, 0);
  datagram[4] = VERSION;
  datagram[5] = TYPE_NUMBERS[kind];
  datagram[6] = key === undefined ? 0 : FLAG_TAGGED;
  datagram[7] = 0;
  datagram.write(session, 8, 'latin1');
  return datagram;
}

function writeSafeInteger(bytes: Buffer, at: number, value: number): void {
  bytes.writeUInt32BE(Math.floor(value / 2 ** 32), at);
  bytes.writeUInt32BE(value % 2 ** 32, at + 4);
}
