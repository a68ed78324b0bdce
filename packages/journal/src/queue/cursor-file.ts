import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import { readFully } from '../segment.ts';
import { setAside } from '../set-aside.ts';
import type { QueueSize } from './contract.ts';
import type { AcknowledgedRange, CursorState } from './cursor.ts';
import { EMPTY } from './queue-record.ts';

/** The contents of a cursor file. */
export type ReadCursor =
  | { readonly kind: 'whole'; readonly state: CursorState }
  | { readonly kind: 'new' }
  | { readonly kind: 'damaged' }
  | { readonly kind: 'newer'; readonly version: number };

/**
 * A file that stores the acknowledged records of a queue. Each write replaces the older of two slots. It is not synced:
 * it survives the end of the process, and after a power failure records acknowledged shortly before it are delivered
 * again. Its size does not change, so that it can be written while the disk is full.
 */
export class CursorFile {
  readonly #file: FileHandle;
  #sequence: number;

  /** Opens or creates the file. A damaged one is moved to `damaged`; one of a newer version is an error. */
  static async open(path: string, damaged: string): Promise<{ readonly file: CursorFile; readonly read: ReadCursor }> {
    let handle = await openFile(path).catch((error) => {
      if ((error as NodeJS.ErrnoException).code !== 'EISDIR') throw error;
      return undefined;
    });
    const slots = handle === undefined ? { kind: 'damaged' as const, sequence: 0 } : await readSlots(handle);
    if (slots.kind === 'newer') {
      await handle?.close();
      throw new Error(`${path}: expected queue format ${CURSOR_VERSION} or older, got ${slots.version}`);
    }
    if (slots.kind === 'damaged') {
      await handle?.close();
      setAside(path, damaged, `${basename(dirname(path))}-${basename(path)}`);
      handle = undefined;
    }
    handle ??= await openFile(path);
    await handle.appendFile(Buffer.alloc(Math.max(0, 2 * SLOT_BYTES - (await handle.stat()).size)));
    return { file: new CursorFile(handle, slots.sequence), read: slots };
  }

  private constructor(file: FileHandle, sequence: number) {
    this.#file = file;
    this.#sequence = sequence;
  }

  async write(state: CursorState): Promise<void> {
    const sequence = this.#sequence + 1;
    const bytes = slotOf(state, sequence);
    await this.#file.write(bytes, 0, bytes.length, (sequence % 2) * SLOT_BYTES);
    this.#sequence = sequence;
  }

  /** Makes the last write survive a power failure. */
  async sync(): Promise<void> {
    await this.#file.datasync();
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

/** Reads the cursor of a queue that may be open in another process. */
export async function readCursorFile(path: string): Promise<ReadCursor> {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (error) {
    return { kind: (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'new' : 'damaged' };
  }
  try {
    return await readSlots(file);
  } catch {
    return { kind: 'damaged' };
  } finally {
    await file.close();
  }
}

const MAGIC = Buffer.from('otelierQ', 'latin1');
/** Version of the format of cursor files. */
export const CURSOR_VERSION = 1;
const SLOT_BYTES = 64 * 1024;
/** Magic, version u32, ranges u32, sequence f64, position f64, three sums f64. */
const HEADER_BYTES = 56;
/** Start f64, end f64, three counts f64, and the three sums after it f64, negative if unknown. */
const RANGE_BYTES = 64;
const MAX_RANGES = Math.floor((SLOT_BYTES - HEADER_BYTES - 4) / RANGE_BYTES);

const UNKNOWN: QueueSize = { records: -1, items: -1, bytes: -1 };

function openFile(path: string): Promise<FileHandle> {
  return open(path, constants.O_RDWR | constants.O_CREAT, 0o640);
}

function slotOf({ position, before, ranges }: CursorState, sequence: number): Buffer {
  // More ranges do not fit. Their records are delivered again after a kill.
  const written = ranges.slice(0, MAX_RANGES);
  const bytes = Buffer.alloc(HEADER_BYTES + written.length * RANGE_BYTES + 4);
  MAGIC.copy(bytes, 0);
  bytes.writeUInt32LE(CURSOR_VERSION, 8);
  bytes.writeUInt32LE(written.length, 12);
  bytes.writeDoubleLE(sequence, 16);
  bytes.writeDoubleLE(position, 24);
  writeSize(bytes, before, 32);
  for (const [index, { start, end, size, after }] of written.entries()) {
    const at = HEADER_BYTES + index * RANGE_BYTES;
    bytes.writeDoubleLE(start, at);
    bytes.writeDoubleLE(end, at + 8);
    writeSize(bytes, size, at + 16);
    writeSize(bytes, after ?? UNKNOWN, at + 40);
  }
  bytes.writeUInt32LE(crc32(bytes.subarray(0, bytes.length - 4)), bytes.length - 4);
  return bytes;
}

type ReadSlots = ReadCursor & { readonly sequence: number };

async function readSlots(file: FileHandle): Promise<ReadSlots> {
  const bytes = Buffer.alloc(2 * SLOT_BYTES);
  const filled = await readFully(file, bytes, 0);
  const slots = [bytes.subarray(0, SLOT_BYTES), bytes.subarray(SLOT_BYTES)].map(readSlot);
  const newer = slots.find((slot) => slot.kind === 'newer');
  if (newer !== undefined) return newer;
  const whole = slots.filter((slot) => slot.kind === 'whole').sort((a, b) => b.sequence - a.sequence)[0];
  if (whole !== undefined) return whole;
  // An interrupted creation leaves zeros.
  return { kind: filled === 0 || bytes.every((byte) => byte === 0) ? 'new' : 'damaged', sequence: 0 };
}

function readSlot(bytes: Buffer): ReadSlots {
  const damaged = { kind: 'damaged', sequence: 0 } as const;
  const count = bytes.readUInt32LE(12);
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC) || count > MAX_RANGES) return damaged;
  const sumAt = HEADER_BYTES + count * RANGE_BYTES;
  if (crc32(bytes.subarray(0, sumAt)) !== bytes.readUInt32LE(sumAt)) return damaged;
  const version = bytes.readUInt32LE(8);
  if (version !== CURSOR_VERSION) return { kind: 'newer', version, sequence: 0 };
  const ranges: AcknowledgedRange[] = [];
  for (let at = HEADER_BYTES; at < sumAt; at += RANGE_BYTES) {
    const after = readSize(bytes, at + 40);
    ranges.push({
      start: bytes.readDoubleLE(at),
      end: bytes.readDoubleLE(at + 8),
      size: readSize(bytes, at + 16),
      after: after.records < 0 ? undefined : after,
    });
  }
  const state = { position: bytes.readDoubleLE(24), before: readSize(bytes, 32), ranges };
  return { kind: 'whole', sequence: bytes.readDoubleLE(16), state };
}

function writeSize(bytes: Buffer, size: QueueSize, at: number): void {
  bytes.writeDoubleLE(size.records, at);
  bytes.writeDoubleLE(size.items, at + 8);
  bytes.writeDoubleLE(size.bytes, at + 16);
}

function readSize(bytes: Buffer, at: number): QueueSize {
  return { records: bytes.readDoubleLE(at), items: bytes.readDoubleLE(at + 8), bytes: bytes.readDoubleLE(at + 16) };
}

/** The cursor of a queue whose cursor file is new or lost: all records of the journal are delivered. */
export function cursorAt(position: number, before: QueueSize = EMPTY): CursorState {
  return { position, before, ranges: [] };
}
