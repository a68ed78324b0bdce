import type { Signal } from '../signals.ts';
import { canonicalize } from './canonicalize.ts';
import { countItems } from './count.ts';
import { REQUEST_MESSAGES } from './descriptors.ts';
import { diagnose } from './diagnose.ts';
import { validateRequest, WALKED_MESSAGES } from './validate.ts';

/** An export request made canonical, or what is wrong with it and where. */
export type NormalizedRequest =
  | { readonly ok: true; readonly bytes: Uint8Array; readonly itemCount: number }
  | { readonly ok: false; readonly reason: string };

/**
 * The door for bytes that anybody may have sent: checks a whole export request in one walk, so that whatever comes
 * later may use lengths and offsets without checks. Legal but unusual encodings (a singular field twice, a message in
 * pieces, lists not packed, groups, overlong tags and lengths) are rewritten, for a reader in place would miss the
 * value that counts; otherwise the same array comes back, which the caller must not write into any more. Unknown
 * fields and invalid UTF-8 are kept. Never throws.
 *
 * Refused are, as the Collector does: lengths beyond the end, varints of more than ten bytes, invalid tags, known
 * fields of another wire type, ids that are neither empty nor 16 (trace) or 8 bytes (span), and messages nested deeper
 * than `MAX_MESSAGE_DEPTH`. Of profiles only the outer structure is checked, and nothing is rewritten.
 */
export function normalizeRequest(signal: Signal, bytes: Uint8Array): NormalizedRequest {
  const { valid, canonical, itemCount } = validateRequest(signal, bytes);
  if (valid && (canonical || REQUEST_MESSAGES[signal] === undefined)) return { ok: true, bytes, itemCount };
  return normalizeSlowly(signal, bytes, valid);
}

/**
 * As `normalizeRequest`, but `undefined` for a request of more than `maxSlowBytes` that is malformed or has to be
 * rewritten: either takes up to 0.15 µs a byte, and an event loop has better places for it.
 */
export function normalizeQuickly(
  signal: Signal,
  bytes: Uint8Array,
  maxSlowBytes: number,
): NormalizedRequest | undefined {
  const { valid, canonical, itemCount } = validateRequest(signal, bytes);
  if (valid && (canonical || REQUEST_MESSAGES[signal] === undefined)) return { ok: true, bytes, itemCount };
  return bytes.length > maxSlowBytes ? undefined : normalizeSlowly(signal, bytes, valid);
}

function normalizeSlowly(signal: Signal, bytes: Uint8Array, valid: boolean): NormalizedRequest {
  if (!valid) return { ok: false, reason: diagnose(WALKED_MESSAGES[signal], bytes) ?? 'request: malformed protobuf' };
  const message = REQUEST_MESSAGES[signal];
  if (message === undefined) throw new Error(`requests of ${signal} are never rewritten`);
  const rewritten = canonicalize(message, bytes);
  return { ok: true, bytes: rewritten, itemCount: countItems(signal, rewritten) };
}
