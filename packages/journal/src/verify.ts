import { open } from 'node:fs/promises';
import type { JournalReader } from './contract.ts';
import { DurableMark } from './durable-mark.ts';
import { JournalCorruptError } from './errors.ts';
import { openJournalReader } from './reader.ts';
import { endsWithPadding } from './resync.ts';
import { listSegments, readHeader, SEGMENT_HEADER_BYTES, type Segment } from './segment.ts';

/** A range of a journal that cannot be read. */
export interface JournalDamage {
  /** Description of the damage, its position and its file. */
  readonly message: string;
  /** Number of bytes from the damaged record up to the next readable one. */
  readonly bytes: number;
}

/** The result of verifying a journal. */
export interface JournalReport {
  /** Position of the oldest record. */
  readonly firstPosition: number;
  /** Position after the last complete record. */
  readonly endPosition: number;
  /** Number of readable records. */
  readonly records: number;
  readonly damage: readonly JournalDamage[];
  /**
   * Size of an unacknowledged record at the end, in bytes: it is still being written, or was interrupted by a crash.
   */
  readonly unfinishedBytes: number;
}

/**
 * Verifies every record of a journal against its checksum, without changing anything. Another process may append to the
 * journal at the same time.
 */
export async function verifyJournal(directory: string): Promise<JournalReport> {
  const segments = await listSegments(directory);
  const acknowledged = await DurableMark.read(directory);
  const start = segments[0]?.base ?? acknowledged;
  const limit = await endOf(segments.at(-1), acknowledged);
  const reader = await openJournalReader(directory);
  try {
    return await new JournalCheck(directory, reader, { start, limit, acknowledged }).run();
  } finally {
    await reader.close();
  }
}

class JournalCheck {
  readonly #directory: string;
  readonly #reader: JournalReader;
  readonly #start: number;
  readonly #limit: number;
  readonly #acknowledged: number;
  readonly #damage: JournalDamage[] = [];
  #records = 0;
  #unfinishedBytes = 0;

  constructor(
    directory: string,
    reader: JournalReader,
    range: { readonly start: number; readonly limit: number; readonly acknowledged: number },
  ) {
    this.#directory = directory;
    this.#reader = reader;
    this.#start = range.start;
    this.#limit = range.limit;
    this.#acknowledged = range.acknowledged;
  }

  async run(): Promise<JournalReport> {
    let position: number | undefined = this.#start;
    let endPosition = position;
    while (position !== undefined && position < this.#limit) {
      position = await this.#readFrom(position);
      endPosition = Math.max(endPosition, position ?? 0);
    }
    if (position !== undefined && this.#acknowledged > this.#limit) {
      const message = `${this.#directory}: the records from position ${this.#limit} on are missing`;
      this.#damage.push({ message, bytes: this.#acknowledged - this.#limit });
    }
    return {
      firstPosition: this.#start,
      endPosition,
      records: this.#records,
      damage: this.#damage,
      unfinishedBytes: this.#unfinishedBytes,
    };
  }

  /** Reads some records and returns the position to continue at, or `undefined` after the last readable one. */
  async #readFrom(position: number): Promise<number | undefined> {
    try {
      const some = await this.#reader.read(position, this.#limit);
      this.#records += some.length;
      return some.at(-1)?.endPosition;
    } catch (error) {
      if (!(error instanceof JournalCorruptError)) throw error;
      // A process that has the journal open may have discarded segments whose records have been written to files.
      const oldest = (await listSegments(this.#directory))[0]?.base ?? this.#limit;
      return oldest > position ? oldest : await this.#skip(position, error);
    }
  }

  async #skip(position: number, { message, file, resumePosition }: JournalCorruptError): Promise<number | undefined> {
    const end = resumePosition ?? Math.max(position, this.#acknowledged);
    if (end > position) this.#damage.push({ message, bytes: end - position });
    if (resumePosition === undefined) this.#unfinishedBytes = await unfinishedBytes(file, this.#limit - end);
    return resumePosition;
  }
}

/** Returns the size of what a segment has after its last record, in bytes, without zeros that fill its last block. */
async function unfinishedBytes(path: string, bytes: number): Promise<number> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    return (await endsWithPadding(file, size - bytes, size)) ? 0 : Math.max(0, bytes);
  } finally {
    await file.close();
  }
}

async function endOf(last: Segment | undefined, acknowledged: number): Promise<number> {
  if (last === undefined) return acknowledged;
  const file = await open(last.path, 'r');
  try {
    const { size } = await file.stat();
    const header = await readHeader(file);
    const headerBytes = header.kind === 'whole' ? header.format.headerBytes : SEGMENT_HEADER_BYTES;
    return last.base + Math.max(0, size - headerBytes);
  } finally {
    await file.close();
  }
}
