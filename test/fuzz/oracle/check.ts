import { isDeepStrictEqual } from 'node:util';
import type { MessageDescriptor, Signal } from '@otelier/otlp';
import { decodeWithProtobufjs, type OracleMessage } from '@otelier/testkit/otlp/oracle';
import { REQUESTS } from '../corpus.ts';
import { acceptanceRule, rejectionRule } from './rules.ts';

/** otelier's response to a request. */
export type Response =
  | {
      readonly kind: 'accepted';
      /** The forwarded bytes, or `undefined` for a request without items. */
      readonly bytes: Uint8Array | undefined;
    }
  | { readonly kind: 'refused'; readonly reason: string }
  /** The server is full, so its response does not depend on the request. */
  | { readonly kind: 'later' };

/**
 * Checks a response to a protobuf request with an independent decoder. Accepted requests must decode to the same
 * message after forwarding, and rejected ones must be malformed or violate a documented rule. Returns the error, if
 * any.
 */
export function checkWire(signal: Signal, sent: Uint8Array, response: Response): string | undefined {
  if (response.kind === 'later') return undefined;
  const expected = read(REQUESTS[signal], sent);
  if (response.kind === 'refused') {
    if ('error' in expected || rejectionRule(response.reason) !== undefined) return undefined;
    return `refused without a rule although protobufjs reads it: ${response.reason}`;
  }
  if ('error' in expected) {
    const isKnown = acceptanceRule(signal, expected.error) !== undefined;
    return isKnown ? undefined : `accepted, and protobufjs cannot read it: ${expected.error}`;
  }
  if (response.bytes === undefined || Buffer.compare(sent, response.bytes) === 0) return undefined;
  return checkForwarded(signal, expected.value, response.bytes);
}

/** Checks whether the forwarded bytes decode to the expected message. */
export function checkForwarded(signal: Signal, expected: OracleMessage, bytes: Uint8Array): string | undefined {
  const actual = read(REQUESTS[signal], bytes);
  if ('error' in actual) return `accepted but forwarded malformed: ${actual.error}`;
  return isDeepStrictEqual(actual.value, expected) ? undefined : 'accepted but forwarded differently';
}

type Read = { readonly value: OracleMessage } | { readonly error: string };

function read(message: MessageDescriptor, bytes: Uint8Array): Read {
  try {
    return { value: decodeWithProtobufjs(message, bytes) };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}
