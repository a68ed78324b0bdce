import { type FileHandle, open } from 'node:fs/promises';
import type { Transform } from 'node:stream';
import { pipeline, Readable } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';

/** Maximum size of a line, message or document, in bytes. */
export const MAX_RECORD_BYTES = 256 << 20;

const CHUNK_BYTES = 1 << 20;
const ZSTD = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
const GZIP = Buffer.from([0x1f, 0x8b]);

/** Reports whether bytes begin a zstd frame. */
export function isZstd(bytes: Uint8Array): boolean {
  return ZSTD.equals(bytes.subarray(0, ZSTD.length));
}

/** Reads the first bytes of a file. */
export async function firstBytes(path: string, count: number): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const buffer = Buffer.alloc(count);
    const { bytesRead } = await file.read(buffer, 0, count, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** Reads the bytes of a file, which are decompressed if it is a zstd or gzip stream. */
export async function* fileBytes(path: string): AsyncGenerator<Buffer> {
  const first = await firstBytes(path, ZSTD.length);
  const file = await open(path, 'r');
  try {
    const decompress = isZstd(first)
      ? createZstdDecompress()
      : GZIP.equals(first.subarray(0, GZIP.length))
        ? createGunzip()
        : undefined;
    yield* decompress === undefined ? chunks(file) : decompressed(file, decompress);
  } finally {
    await file.close();
  }
}

async function* chunks(file: FileHandle): AsyncGenerator<Buffer> {
  for (;;) {
    const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
    const { bytesRead } = await file.read(buffer, 0, buffer.length);
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
  }
}

async function* decompressed(file: FileHandle, decompress: Transform): AsyncGenerator<Buffer> {
  // Errors reach the reader of the last stream.
  yield* pipeline(Readable.from(chunks(file)), decompress, () => undefined) as unknown as AsyncIterable<Buffer>;
}

/** A buffer of bytes that were read but not used yet. */
export class ByteQueue {
  readonly #source: AsyncIterator<Buffer>;
  #pieces: Buffer[] = [];
  #isAtEnd = false;
  length = 0;

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** Reads until at least `count` bytes are buffered or the file ends. Returns whether they are buffered. */
  async fill(count: number): Promise<boolean> {
    while (this.length < count && !this.#isAtEnd) await this.more();
    return this.length >= count;
  }

  /** Reads a further piece. Returns `false` at the end. */
  async more(): Promise<boolean> {
    const next = await this.#source.next();
    if (next.done === true) {
      this.#isAtEnd = true;
      return false;
    }
    this.#pieces.push(next.value);
    this.length += next.value.length;
    return true;
  }

  /** Removes and returns up to `count` bytes. */
  take(count: number): Buffer {
    const bytes = this.peek();
    this.#pieces = count < bytes.length ? [bytes.subarray(count)] : [];
    this.length = Math.max(0, this.length - count);
    return bytes.subarray(0, count);
  }

  /** Returns all buffered bytes. */
  peek(): Buffer {
    const [only] = this.#pieces;
    if (this.#pieces.length === 1 && only !== undefined) return only;
    const all = Buffer.concat(this.#pieces);
    this.#pieces = [all];
    return all;
  }

  /** Removes and returns the bytes up to the next newline or the end, without the newline. */
  async takeLine(): Promise<Buffer | undefined> {
    let searched = 0;
    for (;;) {
      const at = this.peek().indexOf(10, searched);
      if (at >= 0) return this.take(at + 1).subarray(0, at);
      searched = this.length;
      if (searched > MAX_RECORD_BYTES || !(await this.more())) break;
    }
    return this.length === 0 ? undefined : this.take(this.length);
  }

  async close(): Promise<void> {
    await this.#source.return?.();
  }
}
