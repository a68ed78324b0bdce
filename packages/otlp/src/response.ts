import type { Signal } from './signals.ts';
import { FieldReader, readString, readVarintInt64, WireFormatError, WireType } from './wire/reader.ts';
import { WireWriter } from './wire/writer.ts';

/** The encoding of an OTLP message. */
export type OtlpEncoding = 'protobuf' | 'json';

/** The part of a request that was not accepted by the server (`partial_success` of `ExportXServiceResponse`). */
export interface PartialSuccess {
  /** Number of rejected spans, log records, data points or profiles, which must not be resent. */
  readonly rejectedItems: number;
  /** Human-readable reason. A warning if no items were rejected. */
  readonly errorMessage: string;
}

/** Encodes the response to an export request of any signal. `undefined` means full success. */
export function encodeExportResponse(
  partial: PartialSuccess | undefined,
  encoding: OtlpEncoding,
  signal: Signal,
): Uint8Array {
  if (encoding === 'json') return encodeJson(partial, signal);
  const writer = new WireWriter(128);
  if (partial !== undefined) {
    writer.open(PARTIAL_SUCCESS);
    if (partial.rejectedItems !== 0) {
      writer.varintField(REJECTED, partial.rejectedItems);
    }
    if (partial.errorMessage !== '') writer.stringField(ERROR_MESSAGE, partial.errorMessage);
    writer.close();
  }
  return writer.finish();
}

/**
 * Decodes the partial success in the response to an export request of any signal. Returns `undefined` if there is none
 * or the bytes cannot be decoded: the status indicated success, so no rejection is known.
 */
export function decodeExportResponse(bytes: Uint8Array, encoding: OtlpEncoding): PartialSuccess | undefined {
  try {
    return encoding === 'json' ? decodeJson(bytes) : decodeProtobuf(bytes);
  } catch (error) {
    if (error instanceof WireFormatError || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

// The response messages of all signals have the same field numbers.
const PARTIAL_SUCCESS = 1;
const REJECTED = 1;
const ERROR_MESSAGE = 2;

/** The OTLP/JSON names of the rejected item count. */
const REJECTED_JSON: Readonly<Record<Signal, string>> = {
  traces: 'rejectedSpans',
  metrics: 'rejectedDataPoints',
  logs: 'rejectedLogRecords',
  profiles: 'rejectedProfiles',
};

function encodeJson(partial: PartialSuccess | undefined, signal: Signal): Uint8Array {
  const response =
    partial === undefined
      ? {}
      : {
          partialSuccess: {
            [REJECTED_JSON[signal]]: String(partial.rejectedItems),
            errorMessage: partial.errorMessage,
          },
        };
  return new TextEncoder().encode(JSON.stringify(response));
}

function decodeProtobuf(bytes: Uint8Array): PartialSuccess | undefined {
  let isPartial = false;
  let rejectedItems = 0;
  let errorMessage = '';
  const response = new FieldReader(bytes);
  while (response.next()) {
    if (response.field !== PARTIAL_SUCCESS || response.wireType !== WireType.lengthDelimited) continue;
    isPartial = true;
    const partial = new FieldReader(bytes, response.valueStart, response.valueEnd);
    while (partial.next()) {
      if (partial.field === REJECTED && partial.wireType === WireType.varint) {
        rejectedItems = Number(readVarintInt64(bytes, partial.valueStart));
      } else if (partial.field === ERROR_MESSAGE && partial.wireType === WireType.lengthDelimited) {
        errorMessage = readString(bytes, partial.valueStart, partial.valueEnd);
      }
    }
  }
  return isPartial ? { rejectedItems, errorMessage } : undefined;
}

function decodeJson(bytes: Uint8Array): PartialSuccess | undefined {
  const response: unknown = JSON.parse(new TextDecoder().decode(bytes));
  if (!isObject(response) || !isObject(response['partialSuccess'])) return undefined;
  const partial = response['partialSuccess'];
  const rejected = Object.values(REJECTED_JSON)
    .map((name) => Number(partial[name] ?? 0))
    .find((count) => Number.isInteger(count) && count !== 0);
  const { errorMessage } = partial;
  return { rejectedItems: rejected ?? 0, errorMessage: typeof errorMessage === 'string' ? errorMessage : '' };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
