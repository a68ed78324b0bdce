import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { crc32 } from 'node:zlib';
import { readFully } from './segment.ts';
import { setAside } from './set-aside.ts';

/**
 * A file next to the segments that stores a position up to which records were acknowledged.
 *
 * It distinguishes a torn tail of unacknowledged records from missing acknowledged ones. It is written shortly after a
 * sync but not synced itself: it lags at most `DELAY_MILLIS` when the process is killed, and is a lower bound after a
 * power loss. It also stores the journal's marker, for segments with damaged headers.
 */
export class DurableMark {
  /** The marker of the journal's frames, if known when the file was opened. */
  readonly marker: number | undefined;
  #marker = 0;
  #position: number;
  readonly #file: FileHandle;
  /** Slots are written alternately, so that one remains intact if writing the other is interrupted. */
  #nextSlot = 0;
  #writing: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #written: number;

  /** Opens or creates the file in a journal's directory. A path that cannot be read as a file is moved to `damaged`. */
  static async open(directory: string, damaged: string): Promise<DurableMark> {
    const path = join(directory, NAME);
    const file = await openFile(path).catch((error) => {
      if ((error as NodeJS.ErrnoException).code !== 'EISDIR') throw error;
      setAside(path, damaged, `${basename(directory)}-${NAME}`);
      return openFile(path);
    });
    const { position, marker } = await readSlots(file);
    return new DurableMark(file, position, marker);
  }

  /** Reads the position of a journal that may be open in another process. Returns 0 if there is none. */
  static async read(directory: string): Promise<number> {
    try {
      const file = await open(join(directory, NAME), 'r');
      return await readSlots(file)
        .then(({ position }) => position)
        .finally(() => file.close());
    } catch {
      return 0;
    }
  }

  private constructor(file: FileHandle, position: number, marker: number | undefined) {
    this.#file = file;
    this.#position = position;
    this.#written = position;
    this.marker = marker;
  }

  /** Position below which all records were acknowledged. */
  get position(): number {
    return this.#position;
  }

  /** Advances the mark without waiting, because it must not make an append fail. */
  advance(position: number, marker: number): void {
    this.#position = Math.max(this.#position, position);
    this.#marker = marker;
    this.#timer ??= setTimeout(() => {
      this.#writing = this.#write();
    }, DELAY_MILLIS);
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#writing;
    await this.#write();
    await this.#file.close();
  }

  async #write(): Promise<void> {
    while (this.#written < this.#position) {
      this.#written = this.#position;
      const slot = this.#nextSlot;
      this.#nextSlot = 1 - slot;
      try {
        await this.#file.write(slotOf(this.#position, this.#marker), 0, SLOT_BYTES, slot * SLOT_BYTES);
      } catch {
        // An older mark is still valid, and the next append reports a failing disk.
        break;
      }
    }
    this.#timer = undefined;
  }
}

/**
 * Delay before a write, in milliseconds. At several hundred syncs per second, a write for each took 2 % of the store's
 * time.
 */
const DELAY_MILLIS = 20;
const NAME = 'durable';
const SLOT_BYTES = 16;

async function readSlots(
  file: FileHandle,
): Promise<{ readonly position: number; readonly marker: number | undefined }> {
  const bytes = Buffer.alloc(2 * SLOT_BYTES);
  await readFully(file, bytes, 0);
  const slots = [bytes.subarray(0, SLOT_BYTES), bytes.subarray(SLOT_BYTES)].flatMap((slot) => readSlot(slot) ?? []);
  return { position: Math.max(0, ...slots.map((slot) => slot.position)), marker: slots[0]?.marker };
}

function openFile(path: string): Promise<FileHandle> {
  return open(path, constants.O_RDWR | constants.O_CREAT, 0o666);
}

function slotOf(position: number, marker: number): Buffer {
  const bytes = Buffer.alloc(SLOT_BYTES);
  bytes.writeDoubleLE(position, 0);
  bytes.writeUInt32LE(marker, 8);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 12)), 12);
  return bytes;
}

function readSlot(bytes: Buffer): { readonly position: number; readonly marker: number } | undefined {
  if (crc32(bytes.subarray(0, 12)) !== bytes.readUInt32LE(12)) return undefined;
  const position = bytes.readDoubleLE(0);
  return Number.isSafeInteger(position) && position >= 0 ? { position, marker: bytes.readUInt32LE(8) } : undefined;
}
