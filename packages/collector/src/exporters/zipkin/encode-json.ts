import { encodeHex } from '@otelier/otlp';
import { type OutgoingEndpoint, type OutgoingSpan, UnsendableSpanError } from './outgoing-span.ts';

/** Encodes spans as JSON, in which names are lower case, as Zipkin's own clients do. */
export function encodeJson(spans: readonly OutgoingSpan[]): Uint8Array {
  return Buffer.from(JSON.stringify(spans.map(jsonSpan)));
}

/** Throws an `UnsendableSpanError` for a span that JSON cannot represent. */
export function checkJson({ start, duration }: OutgoingSpan): void {
  if (start !== undefined && start < 0n)
    throw new UnsendableSpanError('expected a start after 1970, got an earlier one');
  if (duration < 0n) throw new UnsendableSpanError('expected an end after the start, got an earlier one');
}

function jsonSpan(span: OutgoingSpan): object {
  const { traceId, parentId, name, kind, start, duration, annotations, tags } = span;
  const digits = encodeHex(traceId);
  const localEndpoint = jsonEndpoint(span.localEndpoint);
  const remoteEndpoint = jsonEndpoint(span.remoteEndpoint);
  return {
    ...(start !== undefined && { timestamp: Number(roundToMicros(start)) }),
    ...(duration > 0n && { duration: Number(duration < 1000n ? 1n : roundToMicros(duration)) }),
    traceId: digits.startsWith(ZEROS) ? digits.slice(ZEROS.length) : digits,
    id: encodeHex(span.id),
    ...(parentId !== undefined && { parentId: encodeHex(parentId) }),
    ...(name !== '' && { name: name.toLowerCase() }),
    ...(kind !== '' && { kind }),
    ...(localEndpoint !== undefined && { localEndpoint }),
    ...(remoteEndpoint !== undefined && { remoteEndpoint }),
    ...(annotations.length > 0 && {
      annotations: annotations.map(({ time, value }) => ({ timestamp: Number(roundToMicros(time)), value })),
    }),
    ...(tags.size > 0 && { tags: Object.fromEntries(tags) }),
  };
}

/** The first half of trace IDs of 64 bits, which are written without it. */
const ZEROS = '0'.repeat(16);

function jsonEndpoint(endpoint: OutgoingEndpoint | undefined): object | undefined {
  if (endpoint === undefined) return undefined;
  const { serviceName, ipv4, ipv6, port } = endpoint;
  return {
    ...(serviceName !== '' && { serviceName: serviceName.toLowerCase() }),
    ...(ipv4 !== '' && { ipv4 }),
    ...(ipv6 !== '' && { ipv6 }),
    ...(port !== 0 && { port }),
  };
}

function roundToMicros(nanos: bigint): bigint {
  return (nanos + 500n) / 1000n;
}
