/** Connection close codes (RFC 6455, 7.4.1, and the IANA registry). */
export const CLOSE = {
  normal: 1000,
  protocolError: 1002,
  unsupportedData: 1003,
  tooBig: 1009,
  serviceRestart: 1012,
  tryAgainLater: 1013,
} as const;

/** Maximum size of the reason in a close frame. */
const MAX_REASON_BYTES = 123;

/** Truncates a reason to fit into a close frame. */
export function closeReason(sentence: string): string {
  const bytes = new TextEncoder().encode(sentence);
  if (bytes.length <= MAX_REASON_BYTES) return sentence;
  // Removes U+FFFD, which results when truncation splits a character.
  return `${new TextDecoder().decode(bytes.subarray(0, MAX_REASON_BYTES - 3)).replace(/\uFFFD+$/, '')}…`;
}
