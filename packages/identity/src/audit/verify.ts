import type { KeyObject } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { AUDIT_FILE, HEAD_FILE } from './audit-log.ts';
import { NO_PREVIOUS } from './entry.ts';
import { hashLine, readLine } from './line.ts';
import { lineGroups } from './read-lines.ts';

/** The result of a verification: how many entries are intact, and the first place that is not. */
export type AuditVerification =
  | { readonly kind: 'intact'; readonly entries: number; readonly hash: string }
  | { readonly kind: 'damaged'; readonly line: number; readonly byte: number; readonly reason: string };

/**
 * Verifies the log of a directory against a key and its signed head: every line was written with the key, in this order, without gaps,
 * and none is missing at the end. Holds one part of the log at a time, and yields between them.
 */
export async function verifyAuditLog(directory: string, key: KeyObject): Promise<AuditVerification> {
  // The head is older than the end of the log, which may grow meanwhile.
  const headFile = join(directory, HEAD_FILE);
  const head = existsSync(headFile) ? readFileSync(headFile, 'utf8') : undefined;
  const verifier = new Verifier(head, key);
  const file = await open(join(directory, AUDIT_FILE), 'r');
  try {
    const { size } = await file.stat();
    for await (const lines of lineGroups(file, size)) {
      for (const { bytes, start, isComplete } of lines) {
        const damaged = isComplete ? verifier.check(bytes, start) : verifier.damaged('the line has no end', start);
        if (damaged !== undefined) return damaged;
      }
    }
    return verifier.checkHead(size);
  } finally {
    await file.close();
  }
}

/** Verifies the lines of a log one after the other. */
class Verifier {
  readonly #key: KeyObject;
  readonly #head: string | undefined;
  readonly #signed: ReturnType<typeof readLine> | undefined;
  #entries = 0;
  #hash = NO_PREVIOUS;
  /** The hash of the entry that the head names. */
  #hashAtHead = NO_PREVIOUS;

  constructor(head: string | undefined, key: KeyObject) {
    this.#key = key;
    this.#head = head;
    this.#signed = head === undefined ? undefined : readLine(head.replace(/\n$/, ''), key);
  }

  /** Verifies the next line. Returns what is wrong, if anything is. */
  check(bytes: Buffer, start: number): AuditVerification | undefined {
    const text = bytes.toString('utf8');
    // Bytes that are not UTF-8 would be replaced, and then compared as something else.
    if (!Buffer.from(text).equals(bytes)) return this.damaged('expected UTF-8', start);
    const entry = readLine(text, this.#key);
    if (typeof entry === 'string') return this.damaged(entry, start);
    const expected = this.#entries + 1;
    if (entry.sequence !== expected)
      return this.damaged(`expected entry ${expected}, got entry ${entry.sequence}`, start);
    if (entry.previous !== this.#hash) return this.damaged('the entry does not follow the one before it', start);
    this.#entries = expected;
    this.#hash = hashLine(text);
    if (typeof this.#signed === 'object' && this.#signed.sequence === expected) this.#hashAtHead = this.#hash;
    return undefined;
  }

  /** Verifies the head against the lines. */
  checkHead(sizeBytes: number): AuditVerification {
    const [signed, entries] = [this.#signed, this.#entries];
    const intact = { kind: 'intact', entries, hash: this.#hash } as const;
    if (this.#head === undefined) return entries === 0 ? intact : this.damaged('the head is missing', sizeBytes);
    if (typeof signed !== 'object') return this.damaged(`head: ${signed}`, sizeBytes);
    if (signed.subject !== 'head') return this.damaged('head: expected a head, got an entry', sizeBytes);
    if (signed.sequence > entries)
      return this.damaged(`entries ${entries + 1} to ${signed.sequence} are missing at the end`, sizeBytes);
    if (this.#hashAtHead !== signed.previous)
      return this.damaged('the entry is not the one that the head names', sizeBytes, signed.sequence);
    return intact;
  }

  damaged(reason: string, byte: number, line: number = this.#entries + 1): AuditVerification {
    return { kind: 'damaged', line, byte, reason };
  }
}
