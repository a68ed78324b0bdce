import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';

/**
 * A file that stores the position up to which a buffer has been sent. It survives a crash of the process. After a power
 * failure it may be out of date, and requests sent since are sent again.
 */
export class SentMark {
  readonly #file: FileHandle;
  #position: number;
  /** Slots are written alternately, so that one remains intact if writing the other is interrupted. */
  #nextSlot = 0;

  private constructor(file: FileHandle, position: number) {
    this.#file = file;
    this.#position = position;
  }

  /** Opens the file, or creates it with position 0. */
  static async open(path: string): Promise<SentMark> {
    const file = await open(path, constants.O_RDWR | constants.O_CREAT, 0o600);
    const bytes = Buffer.alloc(2 * SLOT_BYTES);
    await file.read(bytes, 0, bytes.length, 0);
    const position = Math.max(readSlot(bytes.subarray(0, SLOT_BYTES)), readSlot(bytes.subarray(SLOT_BYTES)));
    return new SentMark(file, position);
  }

  get position(): number {
    return this.#position;
  }

  /** Advances the mark. */
  async advance(position: number): Promise<void> {
    this.#position = position;
    const slot = this.#nextSlot;
    this.#nextSlot = 1 - slot;
    await this.#file.write(slotOf(position), 0, SLOT_BYTES, slot * SLOT_BYTES);
  }

  /** Sets the mark to any position, including an earlier one. */
  async set(position: number): Promise<void> {
    await this.advance(position);
    await this.advance(position);
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

const SLOT_BYTES = 12;

function slotOf(position: number): Buffer {
  const bytes = Buffer.alloc(SLOT_BYTES);
  bytes.writeDoubleLE(position, 0);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 8)), 8);
  return bytes;
}

function readSlot(bytes: Buffer): number {
  return crc32(bytes.subarray(0, 8)) === bytes.readUInt32LE(8) ? bytes.readDoubleLE(0) : 0;
}
