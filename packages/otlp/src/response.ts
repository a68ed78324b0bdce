import type { Signal } from './signals.ts';
import { FieldReader, readString, readVarintInt64, WireFormatError, WireType } from './wire/reader.ts';
import { WireWriter } from './wire/writer.ts';

/** How a message of OTLP is encoded. */
export type OtlpEncoding = 'protobuf' | 'json';

/** What a server says of a request that it did not take whole (`partial_success` of `ExportXServiceResponse`). */
export interface PartialSuccess {
  /** Spans, log records, data points or profiles that were not taken and must not be sent again. */
  readonly rejectedItems: number;
  /** Why, for people. With no rejected items it is a warning. */
  readonly errorMessage: string;
}

/** The response to an export request, for all signals; `undefined` is success without reservation. */
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
      writer.tag(REJECTED, WireType.varint);
      writer.varint(partial.rejectedItems);
    }
    if (partial.errorMessage !== '') writer.stringField(ERROR_MESSAGE, partial.errorMessage);
    writer.close();
  }
  return writer.finish();
}

/**
 * The partial success in a response to an export request of any signal. `undefined` when there is none, and when the
 * bytes cannot be read: the status has said that the request was taken, and nothing is known to be rejected then.
 */
export function decodeExportResponse(bytes: Uint8Array, encoding: OtlpEncoding): PartialSuccess | undefined {
  try {
    return encoding === 'json' ? decodeJson(bytes) : decodeProtobuf(bytes);
  } catch (error) {
    if (error instanceof WireFormatError || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

// The three response messages, and that of profiles, have the same field numbers.
const PARTIAL_SUCCESS = 1;
const REJECTED = 1;
const ERROR_MESSAGE = 2;

/** What OTLP/JSON calls the number of rejected items. */
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
    .find((count) => Number.isSafeInteger(count) && count !== 0);
  const { errorMessage } = partial;
  return { rejectedItems: rejected ?? 0, errorMessage: typeof errorMessage === 'string' ? errorMessage : '' };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
