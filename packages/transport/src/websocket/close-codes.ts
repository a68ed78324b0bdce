/** Why a connection is closed (RFC 6455, 7.4.1, and IANA's registry). */
export const CLOSE = {
  normal: 1000,
  protocolError: 1002,
  unsupportedData: 1003,
  tooBig: 1009,
  serviceRestart: 1012,
  tryAgainLater: 1013,
} as const;

/** A reason in a close frame has at most 123 bytes. */
const MAX_REASON_BYTES = 123;

/** A sentence as a close frame can carry it. */
export function closeReason(sentence: string): string {
  const bytes = new TextEncoder().encode(sentence);
  if (bytes.length <= MAX_REASON_BYTES) return sentence;
  // A character that the cut has split becomes U+FFFD, which goes.
  return `${new TextDecoder().decode(bytes.subarray(0, MAX_REASON_BYTES - 3)).replace(/\uFFFD+$/, '')}…`;
}
