import type { Signal } from '../signals.ts';
import { canonicalize } from './canonicalize.ts';
import { countItems } from './count.ts';
import { MESSAGES, REQUEST_MESSAGES } from './descriptors.ts';
import { diagnose } from './diagnose.ts';
import { isCanonical, validateRequest, WALKED_MESSAGES } from './validate.ts';

/** A canonical export request, or an error with its position. */
export type NormalizedRequest =
  | { readonly ok: true; readonly bytes: Uint8Array; readonly itemCount: number }
  | { readonly ok: false; readonly reason: string };

/**
 * Validates and normalizes an export request from an untrusted sender in one walk, so that later code can use lengths
 * and offsets without checks.
 *
 * Legal but unusual encodings (a repeated singular field, a message in pieces, unpacked lists, groups, overlong tags
 * and lengths) are rewritten, because an in-place reader would miss the effective value. Otherwise the original array
 * is returned, which the caller must no longer modify. Unknown fields and invalid UTF-8 are preserved. Never throws.
 *
 * Like the Collector, it rejects lengths beyond the end, varints of more than ten bytes, invalid tags, known fields
 * with the wrong wire type, IDs that are neither empty nor 16 (trace) or 8 bytes (span), and messages nested deeper
 * than `MAX_MESSAGE_DEPTH`. Profiles are only checked at the outer levels and never rewritten.
 */
export function normalizeRequest(signal: Signal, bytes: Uint8Array): NormalizedRequest {
  const { valid, canonical, itemCount } = validateRequest(signal, bytes);
  if (valid && (canonical || REQUEST_MESSAGES[signal] === undefined)) return { ok: true, bytes, itemCount };
  return normalizeSlowly(signal, bytes, valid);
}

/**
 * Like `normalizeRequest`, but returns `undefined` for a request of more than `maxSlowBytes` that is malformed or must
 * be rewritten. Either takes up to 0.15 µs per byte, which is too long for an event loop.
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

/**
 * Validates and normalizes all of a request of profiles, for code that reads more than its outer levels. Receivers let
 * profiles pass unchanged because their encoding is in development.
 */
export function normalizeProfiles(bytes: Uint8Array): NormalizedRequest {
  const message = MESSAGES.ProfilesData;
  const reason = diagnose(message, bytes);
  if (reason !== undefined) return { ok: false, reason };
  const canonical = isCanonical(message, bytes, 0, bytes.length) ? bytes : canonicalize(message, bytes);
  return { ok: true, bytes: canonical, itemCount: countItems('profiles', canonical) };
}
