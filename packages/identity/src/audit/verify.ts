import type { KeyObject } from 'node:crypto';
import { NO_PREVIOUS } from './entry.ts';
import { hashLine, readLine } from './line.ts';

/** The result of a verification: how many entries are intact, and the first place that is not. */
export type AuditVerification =
  | { readonly kind: 'intact'; readonly entries: number; readonly hash: string }
  | { readonly kind: 'damaged'; readonly line: number; readonly byte: number; readonly reason: string };

/**
 * Verifies a log against its key and its signed head: every line was written with the key, in this order, without gaps, and none is
 * missing at the end. `head` is the content of the head's file; `undefined` if it is missing.
 */
export function verifyAuditLog(log: Uint8Array, head: string | undefined, key: KeyObject): AuditVerification {
  const bytes = Buffer.from(log.buffer, log.byteOffset, log.byteLength);
  const hashes = [NO_PREVIOUS];
  let start = 0;
  while (start < bytes.length) {
    const line = hashes.length;
    const damaged = (reason: string) => ({ kind: 'damaged', line, byte: start, reason }) as const;
    const end = bytes.indexOf('\n', start);
    if (end < 0) return damaged('the line has no end');
    const text = bytes.toString('utf8', start, end);
    // Bytes that are not UTF-8 would be replaced, and then compared as something else.
    if (!Buffer.from(text).equals(bytes.subarray(start, end))) return damaged('expected UTF-8');
    const entry = readLine(text, key);
    if (typeof entry === 'string') return damaged(entry);
    if (entry.sequence !== line) return damaged(`expected entry ${line}, got entry ${entry.sequence}`);
    if (entry.previous !== hashes.at(-1)) return damaged('the entry does not follow the one before it');
    hashes.push(hashLine(text));
    start = end + 1;
  }
  return verifyHead(hashes, head, key, bytes.length);
}

function verifyHead(
  hashes: readonly string[],
  head: string | undefined,
  key: KeyObject,
  byte: number,
): AuditVerification {
  const entries = hashes.length - 1;
  const damaged = (line: number, reason: string) => ({ kind: 'damaged', line, byte, reason }) as const;
  if (head === undefined) {
    return entries === 0 ? { kind: 'intact', entries, hash: NO_PREVIOUS } : damaged(entries + 1, 'the head is missing');
  }
  const signed = readLine(head.replace(/\n$/, ''), key);
  if (typeof signed === 'string') return damaged(entries + 1, `head: ${signed}`);
  if (signed.subject !== 'head') return damaged(entries + 1, 'head: expected a head, got an entry');
  if (signed.sequence > entries)
    return damaged(entries + 1, `entries ${entries + 1} to ${signed.sequence} are missing at the end`);
  if (hashes[signed.sequence] !== signed.previous)
    return damaged(signed.sequence, 'the entry is not the one that the head names');
  return { kind: 'intact', entries, hash: hashes.at(-1) ?? NO_PREVIOUS };
}
