/** gRPC status codes (`google.rpc.Code`). */
export const GRPC_STATUS = {
  OK: 0,
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  OUT_OF_RANGE: 11,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  DATA_LOSS: 15,
  UNAUTHENTICATED: 16,
} as const;

/** A gRPC status code. */
export type GrpcStatus = (typeof GRPC_STATUS)[keyof typeof GRPC_STATUS];

/** Returns the name of a status code, such as `UNAVAILABLE`, or `status N` for a code that gRPC does not define. */
export function grpcStatusName(code: number): string {
  return STATUS_NAMES.get(code) ?? `status ${code}`;
}

const STATUS_NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(GRPC_STATUS).map(([name, code]) => [code, name]),
);

/** Encodes a `grpc-message` value: UTF-8, with everything except printable ASCII percent-encoded. */
export function encodeGrpcMessage(message: string): string {
  return /^[ -$&-~]*$/.test(message) ? message : encodeUtf8(message);
}

/** Decodes a `grpc-message` value. Invalid escapes are left unchanged. */
export function decodeGrpcMessage(message: string): string {
  if (!message.includes('%')) return message;
  const bytes: number[] = [];
  for (let i = 0; i < message.length; i++) {
    const hex = message[i] === '%' ? /^[0-9a-fA-F]{2}/.exec(message.slice(i + 1, i + 3)) : null;
    if (hex === null) bytes.push(message.charCodeAt(i) & 0xff);
    else {
      bytes.push(Number.parseInt(hex[0], 16));
      i += 2;
    }
  }
  return Buffer.from(bytes).toString('utf8');
}

function encodeUtf8(message: string): string {
  let text = '';
  for (const byte of Buffer.from(message, 'utf8')) {
    const plain = byte >= 0x20 && byte <= 0x7e && byte !== 0x25;
    text += plain ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return text;
}

/** Parses a `grpc-timeout` value (`10S`, `5000m`) as milliseconds. Returns `undefined` if it is missing or invalid. */
export function parseGrpcTimeout(value: string | undefined): number | undefined {
  const match = value === undefined ? null : /^(\d{1,8})([HMSmun])$/.exec(value);
  return match === null ? undefined : Number(match[1]) * (UNIT_MILLIS[match[2] ?? ''] ?? 0);
}

/** Formats a `grpc-timeout` value with at most eight digits. */
export function formatGrpcTimeout(millis: number): string {
  const whole = Math.max(0, Math.ceil(millis));
  return whole <= 99_999_999 ? `${whole}m` : `${Math.min(99_999_999, Math.ceil(whole / 1000))}S`;
}

const UNIT_MILLIS: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 1e-3, n: 1e-6 };
