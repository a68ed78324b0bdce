import type { OtlpEncoding } from './response.ts';
import { FieldReader, readString, readVarintInt64, readVarintLow, WireFormatError, WireType } from './wire/reader.ts';
import { WireWriter } from './wire/writer.ts';

/**
 * The error of a rejected request (`google.rpc.Status`): the body of an OTLP/HTTP error and the
 * `grpc-status-details-bin` of a gRPC error. Of its details, OTLP uses only `google.rpc.RetryInfo`.
 */
export interface RpcStatus {
  /** A gRPC status code (`google.rpc.Code`). */
  readonly code: number;
  readonly message: string;
  /** Delay before the client may retry (`RetryInfo.retry_delay`); `undefined` if not specified by the server. */
  readonly retryAfterMillis: number | undefined;
}

/** Encodes a status. */
export function encodeRpcStatus({ code, message, retryAfterMillis }: RpcStatus, encoding: OtlpEncoding): Uint8Array {
  const delay = retryAfterMillis === undefined ? undefined : durationOf(retryAfterMillis);
  if (encoding === 'json') {
    const details = delay && [{ '@type': RETRY_INFO, retryDelay: `${delay.seconds}.${padded(delay.nanos)}s` }];
    return new TextEncoder().encode(JSON.stringify({ code, message, details }));
  }
  const writer = new WireWriter(256);
  if (code !== 0) writer.varintField(STATUS_CODE, code);
  if (message !== '') writer.stringField(STATUS_MESSAGE, message);
  if (delay !== undefined) {
    writer.open(STATUS_DETAILS);
    writer.stringField(ANY_TYPE_URL, RETRY_INFO);
    writer.open(ANY_VALUE);
    writer.open(RETRY_DELAY);
    if (delay.seconds > 0) writer.varintField(DURATION_SECONDS, delay.seconds);
    if (delay.nanos > 0) writer.varintField(DURATION_NANOS, delay.nanos);
    writer.close();
    writer.close();
    writer.close();
  }
  return writer.finish();
}

/** Decodes the status in a peer's body or trailer. Returns `undefined` if it is malformed. */
export function decodeRpcStatus(bytes: Uint8Array, encoding: OtlpEncoding): RpcStatus | undefined {
  try {
    return encoding === 'json' ? decodeJson(bytes) : decodeProtobuf(bytes);
  } catch (error) {
    if (error instanceof WireFormatError || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const RETRY_INFO = 'type.googleapis.com/google.rpc.RetryInfo';

// google/rpc/status.proto, google/rpc/error_details.proto, google/protobuf/any.proto and duration.proto.
const STATUS_CODE = 1;
const STATUS_MESSAGE = 2;
const STATUS_DETAILS = 3;
const ANY_TYPE_URL = 1;
const ANY_VALUE = 2;
const RETRY_DELAY = 1;
const DURATION_SECONDS = 1;
const DURATION_NANOS = 2;

function durationOf(millis: number): { readonly seconds: number; readonly nanos: number } {
  const whole = Math.max(0, Math.round(millis));
  return { seconds: Math.floor(whole / 1000), nanos: (whole % 1000) * 1_000_000 };
}

function padded(nanos: number): string {
  return String(nanos).padStart(9, '0');
}

function decodeProtobuf(bytes: Uint8Array): RpcStatus {
  let code = 0;
  let message = '';
  let retryAfterMillis: number | undefined;
  const status = new FieldReader(bytes);
  while (status.next()) {
    if (status.field === STATUS_CODE && status.wireType === WireType.varint) {
      code = readVarintLow(bytes, status.valueStart) | 0;
    } else if (status.field === STATUS_MESSAGE && status.wireType === WireType.lengthDelimited) {
      message = readString(bytes, status.valueStart, status.valueEnd);
    } else if (status.field === STATUS_DETAILS && status.wireType === WireType.lengthDelimited) {
      retryAfterMillis = readRetryInfo(bytes, status.valueStart, status.valueEnd) ?? retryAfterMillis;
    }
  }
  return { code, message, retryAfterMillis };
}

/** Returns the delay in a `google.protobuf.Any` if it contains a `RetryInfo`. */
function readRetryInfo(bytes: Uint8Array, start: number, end: number): number | undefined {
  const type = lastOf(bytes, start, end, ANY_TYPE_URL);
  if (type === undefined || readString(bytes, type.start, type.end) !== RETRY_INFO) return undefined;
  const info = lastOf(bytes, start, end, ANY_VALUE);
  const delay = info && lastOf(bytes, info.start, info.end, RETRY_DELAY);
  if (delay === undefined) return undefined;
  let millis = 0;
  const duration = new FieldReader(bytes, delay.start, delay.end);
  while (duration.next()) {
    if (duration.wireType !== WireType.varint) continue;
    const value = Number(readVarintInt64(bytes, duration.valueStart));
    if (duration.field === DURATION_SECONDS) millis += value * 1000;
    if (duration.field === DURATION_NANOS) millis += value / 1_000_000;
  }
  return Math.max(0, Math.ceil(millis));
}

function lastOf(
  bytes: Uint8Array,
  start: number,
  end: number,
  field: number,
): { readonly start: number; readonly end: number } | undefined {
  let found: { readonly start: number; readonly end: number } | undefined;
  const reader = new FieldReader(bytes, start, end);
  while (reader.next()) {
    if (reader.field === field && reader.wireType === WireType.lengthDelimited) {
      found = { start: reader.valueStart, end: reader.valueEnd };
    }
  }
  return found;
}

function decodeJson(bytes: Uint8Array): RpcStatus | undefined {
  const status: unknown = JSON.parse(new TextDecoder().decode(bytes));
  if (!isObject(status)) return undefined;
  const { code, message, details } = status;
  return {
    code: typeof code === 'number' ? code : 0,
    message: typeof message === 'string' ? message : '',
    retryAfterMillis: Array.isArray(details)
      ? details.map(retryDelayOf).find((delay) => delay !== undefined)
      : undefined,
  };
}

/** Parses a ProtoJSON duration: seconds with an optional fraction, such as `"1.500s"`. */
function retryDelayOf(detail: unknown): number | undefined {
  if (!isObject(detail) || detail['@type'] !== RETRY_INFO) return undefined;
  const { retryDelay } = detail;
  if (typeof retryDelay !== 'string' || !/^\d{1,12}(\.\d{1,9})?s$/.test(retryDelay)) return undefined;
  return Math.ceil(Number(retryDelay.slice(0, -1)) * 1000);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
