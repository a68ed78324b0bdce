import type { Random } from '@otelier/testkit/otlp/random';

/** A response from a hostile destination. */
export interface HostileResponse {
  readonly kind: 'partial' | 'retry' | 'refused';
  /** Number of rejected items in a partial success, or seconds of `RetryInfo` in an error. */
  readonly count: bigint;
  /** The count in JSON, which may be any value. */
  readonly jsonCount: unknown;
  readonly message: string;
  /** The message in JSON, which may be any value. */
  readonly jsonMessage: unknown;
  readonly retryAfter: string;
}

const COUNTS = [-1n, -(2n ** 63n), 0n, 1n, 11n, 2n ** 31n, 2n ** 32n, 2n ** 53n, 2n ** 63n - 1n, 2n ** 64n - 1n];
/** Counts in JSON, which may be any value. */
export const JSON_COUNTS: readonly unknown[] = [
  ...COUNTS.map(String),
  ...[-1, 0.5, 2.5, 1e15, 1e308, '1e400', 'NaN', '-Infinity', '0x10', ' 7 ', '', null, true, [], [9], {}],
  { valueOf: 1, toString: 1 },
];
const PIECES = [
  '\n',
  '\r\n',
  '\0',
  '\u001b[2J',
  '\u0085',
  '\u2028',
  '\u2029',
  '\t',
  'a',
  'ERROR forged line',
  'ü',
  '🙂',
  '%',
];
/** Values of `Retry-After`. */
export const RETRY_AFTERS = [
  ...['-5', 'NaN', 'Infinity', '1e400', '0x10', '', '0', '1', '2.5', '999999999', '99999999999999999999', '5, 7'],
  ...['Fri, 31 Dec 9999 23:59:59 GMT', 'Fri, 31 Dec 275759 23:59:59 GMT', 'Thu, 01 Jan 1970 00:00:00 GMT', 'soon'],
];
const MAX_MESSAGE = 100_000;

/** Generates a response. */
export function hostileResponse(random: Random): HostileResponse {
  const pick = <T>(values: readonly T[]): T => values[random(values.length)] as T;
  const message = hostileMessage(random);
  return {
    kind: pick(['partial', 'partial', 'retry', 'refused']),
    count: pick(COUNTS),
    jsonCount: pick(JSON_COUNTS),
    message,
    jsonMessage: pick([message, message, { toString: 1 }, 7, null, [message]]),
    retryAfter: pick(RETRY_AFTERS),
  };
}

/** Generates a text that would break lines, terminals or limits. */
export function hostileMessage(random: Random): string {
  const length = [0, 20, 2_000, MAX_MESSAGE][random(4)] ?? 0;
  let message = '';
  while (message.length < length) message += PIECES[random(PIECES.length)] ?? '';
  return message;
}

/** Encodes the body of a partial success as protobuf. */
export function partialSuccess({ count, message }: HostileResponse): Buffer {
  return bytesField(1, Buffer.concat([varintField(1, count), bytesField(2, Buffer.from(message))]));
}

/** Encodes `google.rpc.Status` with `RetryInfo` as protobuf. */
export function rpcStatus({ count, message }: HostileResponse): Buffer {
  const duration = Buffer.concat([varintField(1, count), varintField(2, count)]);
  const type = Buffer.from('type.googleapis.com/google.rpc.RetryInfo');
  const details = Buffer.concat([bytesField(1, type), bytesField(2, bytesField(1, duration))]);
  return Buffer.concat([varintField(1, 14n), bytesField(2, Buffer.from(message)), bytesField(3, details)]);
}

function varintField(field: number, value: bigint): Buffer {
  return Buffer.concat([varint(BigInt(field << 3)), varint(value)]);
}

function bytesField(field: number, bytes: Buffer): Buffer {
  return Buffer.concat([varint(BigInt((field << 3) | 2)), varint(BigInt(bytes.length)), bytes]);
}

function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return Buffer.from([...bytes, Number(rest)]);
}
