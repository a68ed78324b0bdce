import { createHash, type KeyObject, sign, verify } from 'node:crypto';
import type { AuditEntry } from './entry.ts';

/** Length of an Ed25519 signature in base64url. */
export const SIGNATURE_LENGTH = 86;

/** Returns the line of an entry without its end: the signature of the entry's JSON, a space, and the JSON. */
export function formatLine(entry: AuditEntry, key: KeyObject): string {
  const json = JSON.stringify(entry);
  return `${sign(null, Buffer.from(json), key).toString('base64url')} ${json}`;
}

/** Returns the entry of a line, or why the line is not one that was written with the key. */
export function readLine(line: string, key: KeyObject): AuditEntry | string {
  const signature = line.slice(0, SIGNATURE_LENGTH);
  const bytes = Buffer.from(signature, 'base64url');
  // A signature has one spelling, so that no changed character goes unnoticed.
  if (line[SIGNATURE_LENGTH] !== ' ' || bytes.toString('base64url') !== signature)
    return 'expected a signature and an entry';
  const json = line.slice(SIGNATURE_LENGTH + 1);
  if (!verify(null, Buffer.from(json), key, bytes)) return 'the signature does not match the entry';
  return JSON.parse(json) as AuditEntry;
}

/** Returns the hash by which the next line refers to a line. */
export function hashLine(line: string): string {
  return createHash('sha256').update(line, 'utf8').digest('hex');
}
