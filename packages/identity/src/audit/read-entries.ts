import type { KeyObject } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import type { AuditEntry, AuditEvent } from './entry.ts';
import { readLine, SIGNATURE_LENGTH } from './line.ts';
import { lineGroups, linesBackwards } from './read-lines.ts';

/** Which entries to read. */
export interface AuditQuery {
  /** Text that an entry contains, in either case. */
  readonly search?: string | undefined;
  /** Who did it: `user:ada@example.com`. */
  readonly subject?: string | undefined;
  /** What was done, or the beginning of it: `key.`. */
  readonly action?: string | undefined;
  readonly outcome?: AuditEvent['outcome'] | undefined;
  readonly startMillis?: number | undefined;
  /** Exclusive. */
  readonly endMillis?: number | undefined;
  /** Position before which entries are read: `next` of the page before. */
  readonly before?: number | undefined;
  readonly limit: number;
}

/** An entry, with whether its signature matches. */
export interface ReadEntry extends AuditEntry {
  readonly isIntact: boolean;
}

/** Entries of the log, newest first. */
export interface AuditPage {
  readonly entries: readonly ReadEntry[];
  /** Position at which to continue; `undefined` at the beginning of the log. */
  readonly next: number | undefined;
}

/** A request reads at most this part of the log, so that a search for something rare neither takes long nor blocks others. */
const MAX_SCANNED_BYTES = 16 * 1_048_576;

/** Returns the newest entries of a log that match. With fewer than `limit` and a `next`, there may be more before it. */
export function searchAuditLog(path: string, query: AuditQuery, key: KeyObject): Promise<AuditPage> {
  return withFile(path, async (file, sizeBytes) => {
    const from = Math.min(query.before ?? sizeBytes, sizeBytes);
    const matches = createMatch(query);
    const entries: ReadEntry[] = [];
    for await (const { bytes, start } of linesBackwards(file, from)) {
      const text = bytes.toString('utf8');
      const entry = matches(text);
      if (entry !== undefined) entries.push({ ...entry, isIntact: typeof readLine(text, key) !== 'string' });
      const isFull = entries.length >= query.limit || from - start >= MAX_SCANNED_BYTES;
      if (isFull && start > 0) return { entries, next: start };
      if (isFull) break;
    }
    return { entries, next: undefined };
  });
}

/** Yields the entries that match as lines of JSON, oldest first, each with the signature of its line. */
export async function* exportAuditLog(
  path: string,
  query: Omit<AuditQuery, 'limit' | 'before'>,
): AsyncGenerator<string, undefined> {
  const matches = createMatch(query);
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    for await (const lines of lineGroups(file, size)) {
      let text = '';
      for (const { bytes, isComplete } of lines) {
        const line = bytes.toString('utf8');
        const entry = isComplete ? matches(line) : undefined;
        if (entry === undefined) continue;
        text += `${JSON.stringify({ ...entry, signature: line.slice(0, SIGNATURE_LENGTH) })}\n`;
      }
      yield text;
    }
    return undefined;
  } finally {
    await file.close();
  }
}

/** Returns what reads the entry of a line, if it matches. What is not an entry does not match; a verification finds it. */
function createMatch(query: Omit<AuditQuery, 'limit' | 'before'>): (line: string) => AuditEntry | undefined {
  const { search = '', subject, action = '', outcome, startMillis = 0, endMillis = Infinity } = query;
  const text = JSON.stringify(search).slice(1, -1).toLowerCase();
  return (line) => {
    const json = line.slice(SIGNATURE_LENGTH + 1);
    if (text !== '' && !json.toLowerCase().includes(text)) return undefined;
    const entry = parseEntry(json);
    if (entry === undefined) return undefined;
    const isIn =
      (subject === undefined || entry.subject === subject) &&
      (outcome === undefined || entry.outcome === outcome) &&
      entry.action.startsWith(action) &&
      entry.timeMillis >= startMillis &&
      entry.timeMillis < endMillis;
    return isIn ? entry : undefined;
  };
}

function parseEntry(json: string): AuditEntry | undefined {
  try {
    const value: unknown = JSON.parse(json);
    const isEntry = typeof value === 'object' && value !== null && 'action' in value && 'timeMillis' in value;
    return isEntry && typeof value.action === 'string' ? (value as AuditEntry) : undefined;
  } catch {
    return undefined;
  }
}

async function withFile<T>(path: string, read: (file: FileHandle, sizeBytes: number) => Promise<T>): Promise<T> {
  const file = await open(path, 'r');
  try {
    return await read(file, (await file.stat()).size);
  } finally {
    await file.close();
  }
}
