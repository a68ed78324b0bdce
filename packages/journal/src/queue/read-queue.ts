import { open, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { DurableMark } from '../durable-mark.ts';
import { JournalCorruptError } from '../errors.ts';
import { openJournalReader } from '../reader.ts';
import { listSegments, readHeader, SEGMENT_HEADER_BYTES } from '../segment.ts';
import type { RecordCounts } from './contract.ts';
import { Cursor } from './cursor.ts';
import { CURSOR_VERSION, cursorAt, readCursorFile } from './cursor-file.ts';
import { CURSOR_NAME } from './queue.ts';
import { readQueueRecord } from './queue-record.ts';

/** A record or damage in the files of a queue, in their order. */
export type QueueEntry =
  | {
      readonly kind: 'record';
      readonly position: number;
      readonly counts: RecordCounts;
      /** Whether it is not delivered, as far as the cursor tells. */
      readonly isWaiting: boolean;
      /** Whether the content is encrypted, and `decrypt` was not given. */
      readonly isEncrypted: boolean;
      readonly content: Uint8Array;
    }
  | { readonly kind: 'damage'; readonly message: string; readonly bytes: number }
  /** A record at the end that is being written, or was cut off by a crash before it was accepted. */
  | { readonly kind: 'unfinished'; readonly bytes: number };

/** A file of a queue. */
export interface QueueFile {
  readonly name: string;
  readonly bytes: number;
  /** Format version; `undefined` if the file cannot be read. */
  readonly version: number | undefined;
}

/**
 * Reads the records of a queue without changing anything. Another process may have it open. `decrypt` decrypts encrypted
 * records.
 */
export async function* readJournalQueue(
  directory: string,
  decrypt?: (record: Uint8Array) => Uint8Array,
): AsyncGenerator<QueueEntry> {
  const read = await readCursorFile(join(directory, CURSOR_NAME));
  const cursor = new Cursor(read.kind === 'whole' ? read.state : cursorAt(0));
  const range = await rangeOf(directory);
  const reader = await openJournalReader(directory);
  try {
    let position: number | undefined = range.start;
    while (position !== undefined && position < range.limit) {
      try {
        for (const { bytes, endPosition } of await reader.read(position, range.limit)) {
          const { counts, isEncrypted, content } = readQueueRecord(bytes);
          const isClear = !isEncrypted || decrypt !== undefined;
          const isWaiting = !cursor.isAcknowledged(position);
          const clear = isEncrypted && decrypt !== undefined ? decryptOr(content, decrypt) : content;
          if (typeof clear === 'string') {
            yield {
              kind: 'damage',
              message: `${directory}: the record at position ${position}: ${clear}`,
              bytes: bytes.length,
            };
          } else yield { kind: 'record', position, counts, content: clear, isEncrypted: !isClear, isWaiting };
          position = endPosition;
        }
      } catch (error) {
        if (!(error instanceof JournalCorruptError)) throw error;
        const skipped: Skipped = await skipDamage(directory, position, range, error);
        yield* skipped.entries;
        position = skipped.position;
      }
    }
  } finally {
    await reader.close();
  }
}

/** Returns a decrypted record, or why it cannot be decrypted. */
function decryptOr(content: Uint8Array, decrypt: (record: Uint8Array) => Uint8Array): Uint8Array | string {
  try {
    return decrypt(content);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The positions of the records in the files of a queue. */
interface Range {
  readonly start: number;
  readonly limit: number;
  /** Position up to which records were accepted. */
  readonly accepted: number;
}

async function rangeOf(directory: string): Promise<Range> {
  const segments = await listSegments(directory);
  const accepted = await DurableMark.read(directory);
  const last = segments.at(-1);
  if (last === undefined) return { start: accepted, limit: accepted, accepted };
  const limit = Math.max(accepted, await endOf(last.path, last.base));
  return { start: segments[0]?.base ?? limit, limit, accepted };
}

/** What follows damage. */
interface Skipped {
  readonly entries: readonly QueueEntry[];
  /** Position of the next record; `undefined` if there is none. */
  readonly position: number | undefined;
}

async function skipDamage(
  directory: string,
  position: number,
  { limit, accepted }: Range,
  { message, resumePosition }: JournalCorruptError,
): Promise<Skipped> {
  // A process that has the queue open may have removed delivered segments.
  const oldest = (await listSegments(directory))[0]?.base ?? limit;
  if (oldest > position) return { entries: [], position: oldest };
  const end = resumePosition ?? Math.max(position, accepted);
  const entries: QueueEntry[] = [];
  if (end > position) entries.push({ kind: 'damage', message, bytes: end - position });
  if (resumePosition === undefined && limit > end) entries.push({ kind: 'unfinished', bytes: limit - end });
  return { entries, position: resumePosition };
}

/** Returns the files of a queue with their versions: its segments and its cursor. */
export async function listQueueFiles(directory: string): Promise<readonly QueueFile[]> {
  const files: QueueFile[] = [];
  for (const { path } of await listSegments(directory)) {
    const file = await open(path, 'r');
    try {
      const header = await readHeader(file);
      const { size } = await file.stat();
      // Version 1 had no marker.
      const version = header.kind !== 'whole' ? undefined : header.format.frames.marker === undefined ? 1 : 2;
      files.push({ name: basename(path), bytes: size, version });
    } finally {
      await file.close();
    }
  }
  const cursor = await readCursorFile(join(directory, CURSOR_NAME));
  const bytes = await stat(join(directory, CURSOR_NAME)).then(
    ({ size }) => size,
    () => 0,
  );
  if (bytes > 0)
    files.push({ name: CURSOR_NAME, bytes, version: cursor.kind === 'damaged' ? undefined : CURSOR_VERSION });
  return files;
}

async function endOf(path: string, base: number): Promise<number> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    return base + Math.max(0, size - SEGMENT_HEADER_BYTES);
  } finally {
    await file.close();
  }
}
