import { MessagePackError } from './message-pack-reader.ts';

/**
 * Finds the ends of MessagePack values in a stream without decoding them. It resumes where it stopped when more bytes
 * arrive, and keeps no memory for the sizes that a value announces.
 */
export class MessagePackScanner {
  /** Offset of the next byte to read, relative to the start of the value. It can be beyond the received bytes. */
  #at = 0;
  /** Number of values that are still to come, including elements of arrays and maps. */
  #left = 1;
  readonly #maxBytes: number;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /**
   * Returns the size of the value at the start of `bytes`, or `undefined` if the value goes beyond them. Call it again
   * with all bytes of the value, and with the next value after it has returned a size. Throws a `MessagePackError` if
   * the value is too large or invalid.
   */
  next(bytes: Uint8Array): number | undefined {
    while (this.#left > 0) {
      if (this.#at >= bytes.length) return this.#wait();
      const type = bytes[this.#at] as number;
      const head = headSize(type);
      if (this.#at + head > bytes.length) return this.#wait();
      this.#left += childCount(bytes, this.#at, type) - 1;
      this.#at += head + payloadSize(bytes, this.#at, type);
    }
    if (this.#at > bytes.length) return this.#wait();
    const size = this.#at;
    if (size > this.#maxBytes) throw tooLarge(this.#maxBytes);
    this.#at = 0;
    this.#left = 1;
    return size;
  }

  /** Every element takes at least one byte, so that a large count fails before its elements arrive. */
  #wait(): undefined {
    if (this.#at + this.#left > this.#maxBytes) throw tooLarge(this.#maxBytes);
    return undefined;
  }
}

function tooLarge(maxBytes: number): MessagePackError {
  return new MessagePackError(`expected a message of at most ${maxBytes} bytes, got a larger one`);
}

/** Returns the size of the type byte with the length that follows it. */
function headSize(type: number): number {
  switch (type) {
    case 0xc4:
    case 0xd9:
      return 2;
    case 0xc5:
    case 0xda:
    case 0xdc:
    case 0xde:
    case 0xc7:
      return 3;
    case 0xc8:
      return 4;
    case 0xc6:
    case 0xdb:
    case 0xdd:
    case 0xdf:
      return 5;
    case 0xc9:
      return 6;
    default:
      return 1;
  }
}

/** Returns the number of bytes that follow the head of a value that is no array or map. */
function payloadSize(bytes: Uint8Array, at: number, type: number): number {
  if (type >= 0xa0 && type <= 0xbf) return type & 0x1f;
  switch (type) {
    case 0xc4:
    case 0xd9:
    case 0xc7:
      return unsigned(bytes, at + 1, 1);
    case 0xc5:
    case 0xda:
    case 0xc8:
      return unsigned(bytes, at + 1, 2);
    case 0xc6:
    case 0xdb:
    case 0xc9:
      return unsigned(bytes, at + 1, 4);
    case 0xc1:
      throw new MessagePackError('expected a MessagePack value, got the byte 0xc1');
    default:
      return FIXED_SIZES[type] ?? 0;
  }
}

/** Sizes of the values whose type has a fixed one. */
const FIXED_SIZES: Readonly<Record<number, number>> = {
  ...{ 204: 1, 205: 2, 206: 4, 207: 8, 208: 1, 209: 2, 210: 4, 211: 8, 202: 4, 203: 8 },
  ...{ 212: 2, 213: 3, 214: 5, 215: 9, 216: 17 },
};

function childCount(bytes: Uint8Array, at: number, type: number): number {
  if (type >= 0x80 && type <= 0x8f) return (type & 0x0f) * 2;
  if (type >= 0x90 && type <= 0x9f) return type & 0x0f;
  switch (type) {
    case 0xdc:
      return unsigned(bytes, at + 1, 2);
    case 0xdd:
      return unsigned(bytes, at + 1, 4);
    case 0xde:
      return unsigned(bytes, at + 1, 2) * 2;
    case 0xdf:
      return unsigned(bytes, at + 1, 4) * 2;
    default:
      return 0;
  }
}

function unsigned(bytes: Uint8Array, at: number, size: 1 | 2 | 4): number {
  let value = 0;
  for (let i = 0; i < size; i++) value = value * 256 + (bytes[at + i] as number);
  return value;
}
