import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';

/**
 * A file that says up to which position a buffer has been sent. It survives the end of the process; when the machine
 * itself goes down an older mark may be found, and what was sent since is sent again.
 */
export class SentMark {
  readonly #file: FileHandle;
  #position: number;
  /** Written in turn, so that one is whole whenever the other is cut off. */
  #nextSlot = 0;

  private constructor(file: FileHandle, position: number) {
    this.#file = file;
    this.#position = position;
  }

  /** Opens the file, or begins one at position 0. */
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

  /** Moves the mark on. */
  async advance(position: number): Promise<void> {
    this.#position = position;
    const slot = this.#nextSlot;
    this.#nextSlot = 1 - slot;
    await this.#file.write(slotOf(position), 0, SLOT_BYTES, slot * SLOT_BYTES);
  }

  /** Moves the mark wherever, also back. */
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
