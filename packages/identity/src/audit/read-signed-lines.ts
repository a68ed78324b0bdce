import { existsSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { AUDIT_FILE } from './audit-log.ts';
import { type AuditEntry, NO_PREVIOUS } from './entry.ts';
import { hashLine, SIGNATURE_LENGTH } from './line.ts';
import { lineGroups, linesBackwards } from './read-lines.ts';

/** A place in a log: after a line. */
export interface AuditPosition {
  readonly bytes: number;
  /** Hash of the line before it. */
  readonly hash: string;
}

/** The beginning of a log. */
export const AUDIT_START: AuditPosition = { bytes: 0, hash: NO_PREVIOUS };

/** A line of a log, with what a reader needs to verify it. */
export interface SignedLine {
  readonly entry: AuditEntry;
  /** The signed text of the entry. */
  readonly json: string;
  readonly signature: string;
  readonly hash: string;
}

/** Lines that follow a position, and the position after them. */
export interface SignedLines {
  readonly lines: readonly SignedLine[];
  readonly next: AuditPosition;
  /** Whether the log is not the one of the position, so that it is read from its beginning. */
  readonly isOther: boolean;
}

/**
 * Reads the complete lines of a directory's log that follow a position, at most `maxLines`. Lines that are no entries are left out; a
 * verification finds them.
 */
export async function readSignedLines(
  directory: string,
  position: AuditPosition,
  maxLines: number,
): Promise<SignedLines> {
  const path = join(directory, AUDIT_FILE);
  if (!existsSync(path)) return { lines: [], next: position, isOther: false };
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const isOther = position.bytes > 0 && !(await follows(file, size, position));
    const from = isOther ? AUDIT_START : position;
    const lines: SignedLine[] = [];
    let next = from;
    for await (const group of lineGroups(file, size, from.bytes)) {
      for (const { bytes, start, isComplete } of group) {
        if (!isComplete || lines.length >= maxLines) return { lines, next, isOther };
        const text = bytes.toString('utf8');
        const hash = hashLine(text);
        next = { bytes: start + bytes.length + 1, hash };
        const line = signedLine(text, hash);
        if (line !== undefined) lines.push(line);
      }
    }
    return { lines, next, isOther };
  } finally {
    await file.close();
  }
}

/** Reports whether the line before a position is the one that was there. */
async function follows(
  file: Parameters<typeof linesBackwards>[0],
  size: number,
  { bytes, hash }: AuditPosition,
): Promise<boolean> {
  if (bytes > size) return false;
  for await (const line of linesBackwards(file, bytes))
    return line.start + line.bytes.length + 1 === bytes && hashLine(line.bytes.toString('utf8')) === hash;
  return false;
}

function signedLine(text: string, hash: string): SignedLine | undefined {
  const json = text.slice(SIGNATURE_LENGTH + 1);
  try {
    const entry = JSON.parse(json) as AuditEntry;
    if (typeof entry.action !== 'string' || typeof entry.timeMillis !== 'number') return undefined;
    return { entry, json, signature: text.slice(0, SIGNATURE_LENGTH), hash };
  } catch {
    return undefined;
  }
}
