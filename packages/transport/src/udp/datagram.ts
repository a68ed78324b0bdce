import type { OtlpEncoding, Signal } from '@otelier/otlp';
import type { Compression } from '../contract.ts';
import { CRC_BYTES, isAuthentic, isIntact, type SharedKey, TAG_BYTES } from './integrity.ts';

// The format is specified in docs/protocol/udp.md. Any change requires a new VERSION.

/** First four bytes of every datagram: `OTLU`. */
export const MAGIC = 0x4f_54_4c_55;
/** Format version. */
export const VERSION = 1;
/** Size of the common header: magic, version, type, flags, session. */
export const COMMON_BYTES = 16;
/** Fragment header size. */
export const FRAGMENT_HEADER_BYTES = 52;
/** Cookie size. */
export const COOKIE_BYTES = 16;
/** Maximum size of a datagram over IPv4. */
export const MAX_DATAGRAM_BYTES = 65_507;
/** Flag: a tag follows the CRC. */
export const FLAG_TAGGED = 1;

/** Datagram type numbers. */
export const TYPE_NUMBERS = { data: 1, parity: 2, report: 3, challenge: 4, proof: 5, mark: 6 } as const;
/** Signals by number. */
export const SIGNAL_NUMBERS: readonly (Signal | undefined)[] = [undefined, 'traces', 'metrics', 'logs', 'profiles'];
/** Encodings by number. */
export const ENCODING_NUMBERS: readonly OtlpEncoding[] = ['protobuf', 'json'];
/** Compressions by number. */
export const COMPRESSION_NUMBERS: readonly Compression[] = ['none', 'gzip', 'zstd', 'deflate', 'brotli'];

/** Cumulative counters that a receiver maintains per session, in report order. */
export const COUNTERS = [
  'received',
  'lost',
  'duplicated',
  'reordered',
  'corrupt',
  'rateLimited',
  'messagesTaken',
  'messagesRefused',
  'messagesIncomplete',
  'fragmentsRecovered',
] as const;

/** Counters that a receiver maintains for one session. */
export type UdpCounters = { readonly [Name in (typeof COUNTERS)[number]]: number };

/** Size of a report, and of the mark that requests one, excluding the trailer. */
export const REPORT_BYTES = COMMON_BYTES + 16 + COUNTERS.length * 8;

/** Metadata common to all fragments of a message. */
export interface MessageHeader {
  readonly signal: Signal;
  readonly encoding: OtlpEncoding;
  readonly compression: Compression;
  /** Size of the message as sent (compressed). */
  readonly length: number;
  /** Number of fragments, excluding parity. */
  readonly fragmentCount: number;
  /** Number of fragments per parity datagram; 0 if there is no parity. */
  readonly groupSize: number;
  /** The `messageCheck` of the message, as latin1. */
  readonly check: string;
}

/** A datagram with a message fragment, or with the parity of a fragment group. */
export interface Fragment {
  readonly kind: 'data' | 'parity';
  readonly session: string;
  readonly sequence: number;
  readonly messageSequence: number;
  readonly header: MessageHeader;
  /** Index of the fragment or group. */
  readonly index: number;
  readonly payload: Buffer;
}

/** A valid datagram. */
export type Datagram =
  | Fragment
  | {
      readonly kind: 'report';
      readonly session: string;
      readonly number: number;
      /** Sequence number that the receiver expects next. */
      readonly expected: number;
      readonly counters: UdpCounters;
    }
  /** A receiver requires the sender to prove its address by returning the cookie (`proof`). */
  | { readonly kind: 'challenge' | 'proof'; readonly session: string; readonly cookie: Buffer }
  /** A sender reports its progress and requests a report. */
  | {
      readonly kind: 'mark';
      readonly session: string;
      /** Sequence numbers of the sender's next datagram and next message. */
      readonly sequence: number;
      readonly messageSequence: number;
    };

/**
 * Why a datagram is rejected: unknown format or version, corrupt, without a valid tag, or intact with invalid contents.
 */
export type Rejection = 'foreign' | 'corrupt' | 'unauthenticated' | 'malformed';

/** Parses a datagram from untrusted bytes. Its payload or cookie is a view of `bytes`. */
export function readDatagram(bytes: Buffer, key: SharedKey | undefined): Datagram | Rejection {
  if (bytes.length < COMMON_BYTES + CRC_BYTES || bytes.readUInt32BE(0) !== MAGIC || bytes[4] !== VERSION)
    return 'foreign';
  const tagged = bytes[6] === FLAG_TAGGED;
  const end = bytes.length - (tagged ? CRC_BYTES + TAG_BYTES : CRC_BYTES);
  if (end < COMMON_BYTES || !isIntact(bytes, end)) return 'corrupt';
  if (tagged !== (key !== undefined)) return 'unauthenticated';
  if (key !== undefined && !isAuthentic(bytes, key)) return 'unauthenticated';
  if ((!tagged && bytes[6] !== 0) || bytes[7] !== 0) return 'malformed';
  return readContents(bytes, end) ?? 'malformed';
}

/** Returns the session of a datagram. Corruption is attributed to it if the session exists. */
export function sessionOf(bytes: Buffer): string {
  return bytes.toString('latin1', 8, 16);
}

function readContents(bytes: Buffer, end: number): Datagram | undefined {
  switch (bytes[5]) {
    case TYPE_NUMBERS.data:
      return readFragment('data', bytes, end);
    case TYPE_NUMBERS.parity:
      return readFragment('parity', bytes, end);
    case TYPE_NUMBERS.report:
      return readReport(bytes, end);
    case TYPE_NUMBERS.challenge:
      return readCookie('challenge', bytes, end);
    case TYPE_NUMBERS.proof:
      return readCookie('proof', bytes, end);
    case TYPE_NUMBERS.mark:
      return readMark(bytes, end);
    default:
      return undefined;
  }
}

function readFragment(kind: 'data' | 'parity', bytes: Buffer, end: number): Fragment | undefined {
  if (end < FRAGMENT_HEADER_BYTES) return undefined;
  const sequence = readSafeInteger(bytes, 16);
  const messageSequence = readSafeInteger(bytes, 24);
  const length = bytes.readUInt32BE(32);
  const fragmentCount = bytes.readUInt16BE(36);
  const index = bytes.readUInt16BE(38);
  const signal = SIGNAL_NUMBERS[bytes[40]];
  const encoding = ENCODING_NUMBERS[bytes[41]];
  const compression = COMPRESSION_NUMBERS[bytes[42]];
  const groupSize = bytes[43];
  if (sequence === undefined || messageSequence === undefined) return undefined;
  if (signal === undefined || encoding === undefined || compression === undefined) return undefined;
  if (!isCuttable(length, fragmentCount)) return undefined;
  // The length of every fragment follows from the message length. The parity of a group is as long as its first
  // fragment.
  const first = kind === 'data' ? index : index * groupSize;
  if ((kind === 'parity' && groupSize === 0) || first >= fragmentCount) return undefined;
  if (end - FRAGMENT_HEADER_BYTES !== fragmentLength(length, fragmentCount, first)) return undefined;
  return {
    kind,
    session: sessionOf(bytes),
    sequence,
    messageSequence,
    header: {
      signal,
      encoding,
      compression,
      length,
      fragmentCount,
      groupSize,
      check: bytes.toString('latin1', 44, 52),
    },
    index,
    payload: bytes.subarray(FRAGMENT_HEADER_BYTES, end),
  };
}

function readMark(bytes: Buffer, end: number): Datagram | undefined {
  if (end !== REPORT_BYTES) return undefined;
  const sequence = readSafeInteger(bytes, 16);
  const messageSequence = readSafeInteger(bytes, 24);
  if (sequence === undefined || messageSequence === undefined) return undefined;
  return { kind: 'mark', session: sessionOf(bytes), sequence, messageSequence };
}

function readReport(bytes: Buffer, end: number): Datagram | undefined {
  if (end !== REPORT_BYTES) return undefined;
  const number = readSafeInteger(bytes, 16);
  const expected = readSafeInteger(bytes, 24);
  const counters: Partial<Record<keyof UdpCounters, number>> = {};
  for (const [index, name] of COUNTERS.entries()) {
    const value = readSafeInteger(bytes, 32 + index * 8);
    if (value === undefined) return undefined;
    counters[name] = value;
  }
  if (number === undefined || expected === undefined) return undefined;
  return { kind: 'report', session: sessionOf(bytes), number, expected, counters: counters as UdpCounters };
}

function readCookie(kind: 'challenge' | 'proof', bytes: Buffer, end: number): Datagram | undefined {
  if (end !== COMMON_BYTES + COOKIE_BYTES) return undefined;
  return { kind, session: sessionOf(bytes), cookie: bytes.subarray(COMMON_BYTES, end) };
}

/** Sequence numbers have 64 bits, of which 53 are used: enough for a million datagrams per second for 285 years. */
function readSafeInteger(bytes: Buffer, at: number): number | undefined {
  const high = bytes.readUInt32BE(at);
  return high < 2 ** 21 ? high * 2 ** 32 + bytes.readUInt32BE(at + 4) : undefined;
}

/**
 * Reports whether a message can be split into this number of fragments of equal length, the last of which may be
 * shorter but not empty.
 */
export function isCuttable(length: number, fragmentCount: number): boolean {
  if (fragmentCount === 1) return true;
  return fragmentCount > 0 && (fragmentCount - 1) * Math.ceil(length / fragmentCount) < length;
}

/** Returns the length of a fragment. All are equal except the last, which holds the remainder. */
export function fragmentLength(length: number, fragmentCount: number, index: number): number {
  const whole = Math.ceil(length / fragmentCount);
  return index === fragmentCount - 1 ? length - whole * index : whole;
}
