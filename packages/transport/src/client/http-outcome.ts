import { ACCEPTED, type OtlpEncoding, type Outcome, type PartialSuccess } from '@otelier/otlp';

/** The parts of an HTTP response that determine the outcome of an export. */
export interface HttpResponse {
  readonly status: number;
  readonly contentType: string | undefined;
  readonly retryAfter: string | undefined;
  /** The body; `undefined` when it exceeded the limit. */
  readonly body: Uint8Array | undefined;
}

/** Decodes response bodies. Browser clients use a smaller implementation. */
export interface BodyReader {
  partialSuccess(body: Uint8Array, encoding: OtlpEncoding): PartialSuccess | undefined;
  /** Returns the message of a `google.rpc.Status`. */
  message(body: Uint8Array, encoding: OtlpEncoding): string | undefined;
}

/** Maps an HTTP response to an outcome. `nowMillis` is used to convert a `Retry-After` date to a delay. */
export function httpOutcome(response: HttpResponse, nowMillis: number, reader: BodyReader): Outcome {
  const { status, body = new Uint8Array() } = response;
  const [, type] = /^(application\/json|application\/x-protobuf|text\/plain)/.exec(response.contentType ?? '') ?? [];
  const encoding = type === 'application/json' ? 'json' : 'protobuf';
  if (status >= 200 && status < 300) return successOutcome(body, encoding, reader);
  const isText = type === 'text/plain';
  const message = isText
    ? new TextDecoder().decode(body).trim()
    : type && body.length > 0
      ? reader.message(body, encoding)
      : '';
  const reason = `the server responded ${status}${reasonSuffix(message ?? '')}`;
  // OTLP specification, "Retryable Response Codes".
  if (status !== 429 && (status < 502 || status > 504)) return { kind: 'refused', reason };
  return { kind: 'retry', afterMillis: peerWait(parseRetryAfter(response.retryAfter, nowMillis)), reason };
}

/**
 * Returns the outcome for a successful response, even if its body cannot be decoded. In that case the number of
 * rejected items is unknown.
 */
export function successOutcome(body: Uint8Array, encoding: OtlpEncoding, reader: BodyReader): Outcome {
  const partial = body.length > 0 ? reader.partialSuccess(body, encoding) : undefined;
  // Zero rejected items with a message is a warning (OTLP specification, "Partial Success"). Counts such as 0.5 or NaN
  // are ignored.
  if (partial === undefined || !(partial.rejectedItems >= 1)) return ACCEPTED;
  return { kind: 'partial', rejectedItems: peerCount(partial.rejectedItems), reason: peerText(partial.errorMessage) };
}

/** Formats a peer's message as the suffix of a reason: truncated, on one line. */
export function reasonSuffix(message: string): string {
  const line = peerText(message);
  return line === '' ? '' : `: ${line}`;
}

/**
 * Sanitizes text received from a peer for logs and errors: at most 500 characters on one line, without control
 * characters.
 */
export function peerText(text: string): string {
  return text.slice(0, 500).replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ');
}

/** Converts a count received from a peer to a safe integer. The caller limits it to the number of items sent. */
export function peerCount(count: number): number {
  return Math.min(Math.floor(count), Number.MAX_SAFE_INTEGER);
}

/**
 * Validates a retry delay requested by a peer. Invalid and negative delays are ignored; longer ones are capped at 24
 * days, the timer maximum.
 */
export function peerWait(millis: number | undefined): number | undefined {
  return millis !== undefined && millis >= 0 ? Math.min(millis, 2 ** 31 - 1) : undefined;
}

/** Parses a `Retry-After` header: seconds or a date (RFC 9110, 10.2.3). */
function parseRetryAfter(value = '', nowMillis: number): number | undefined {
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000;
  // `Date.parse` accepts almost any string.
  const date = /^[A-Z][a-z]+,? /.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMillis);
}
