import { ACCEPTED, type OtlpEncoding, type Outcome, type PartialSuccess } from '@otelier/otlp';

/** An HTTP response, as far as it says what became of an export. */
export interface HttpResponse {
  readonly status: number;
  readonly contentType: string | undefined;
  readonly retryAfter: string | undefined;
  /** `undefined` when it was larger than the client reads. */
  readonly body: Uint8Array | undefined;
}

/** Reads the bodies of responses; clients for browsers bring a small one. */
export interface BodyReader {
  partialSuccess(body: Uint8Array, encoding: OtlpEncoding): PartialSuccess | undefined;
  /** What `google.rpc.Status` says. */
  message(body: Uint8Array, encoding: OtlpEncoding): string | undefined;
}

/** What an HTTP response says. `nowMillis` turns a date in `retry-after` into a wait. */
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
  const reason = `the server answered ${status}${reasonSuffix(message ?? '')}`;
  // OTLP specification, "Retryable Response Codes".
  if (status !== 429 && (status < 502 || status > 504)) return { kind: 'refused', reason };
  return { kind: 'retry', afterMillis: parseRetryAfter(response.retryAfter, nowMillis), reason };
}

/** A success is one even when its body cannot be read: what was rejected, if anything, is not known then. */
export function successOutcome(body: Uint8Array, encoding: OtlpEncoding, reader: BodyReader): Outcome {
  const partial = body.length > 0 ? reader.partialSuccess(body, encoding) : undefined;
  // Zero rejected items with a message is a warning (OTLP specification, "Partial Success").
  if (partial === undefined || !(partial.rejectedItems > 0)) return ACCEPTED;
  return { kind: 'partial', rejectedItems: partial.rejectedItems, reason: peerText(partial.errorMessage) };
}

/** A peer's text in a reason: bounded, on one line. */
export function reasonSuffix(message: string): string {
  const line = peerText(message);
  return line === '' ? '' : `: ${line}`;
}

/** What a peer says, for logs and errors: at most 500 characters without control characters. */
export function peerText(text: string): string {
  return text.slice(0, 500).replace(/\p{Cc}+/gu, ' ');
}

/** A wait that a peer asks for: no number or a negative one asks for none, and timers wait 24 days at most. */
export function peerWait(millis: number | undefined): number | undefined {
  return millis !== undefined && millis >= 0 ? Math.min(millis, 2 ** 31 - 1) : undefined;
}

/** RFC 9110, 10.2.3: seconds or a date. */
function parseRetryAfter(value = '', nowMillis: number): number | undefined {
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000;
  // `Date.parse` finds a date in almost anything.
  const date = /^[A-Z][a-z]+,? /.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMillis);
}
