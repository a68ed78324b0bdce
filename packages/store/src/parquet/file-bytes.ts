import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

/** The contents of an open file. */
export interface FileBytes {
  /** Size of the contents, in bytes. */
  readonly size: number;
  /** Reads into `target` from a position on, until it is full or the contents end. Returns the number of bytes. */
  read(target: Uint8Array, position: number): number;
  close(): void;
}

/** The contents of an open file, which are read without blocking the thread. */
export interface AsyncFileBytes {
  read(target: Uint8Array, position: number): Promise<number>;
  close(): Promise<void>;
}

/** Opens the files of a store, which are encrypted or not. */
export interface FileOpener {
  open(path: string): FileBytes;
  openAsync(path: string): Promise<AsyncFileBytes>;
}

/** Opens files that are not encrypted. */
export const PLAIN_FILES: FileOpener = {
  open: (path) => {
    const file = openSync(path, 'r');
    try {
      return new PlainBytes(file, fstatSync(file).size);
    } catch (error) {
      closeSync(file);
      throw error;
    }
  },
  openAsync: async (path) => {
    const handle = await open(path, 'r');
    return { read: (target, position) => readHandle(handle, target, position), close: () => handle.close() };
  },
};

class PlainBytes implements FileBytes {
  readonly size: number;
  readonly #file: number;

  constructor(file: number, size: number) {
    this.#file = file;
    this.size = size;
  }

  read(target: Uint8Array, position: number): number {
    return readFile(this.#file, target, position);
  }

  close(): void {
    closeSync(this.#file);
  }
}

/** Reads until `target` is full or the file ends. Returns the number of bytes. */
export function readFile(file: number, target: Uint8Array, position: number): number {
  let filled = 0;
  while (filled < target.length) {
    const count = readSync(file, target, filled, target.length - filled, position + filled);
    if (count === 0) break;
    filled += count;
  }
  return filled;
}

/** Does what `readFile` does, without blocking the thread. */
export async function readHandle(handle: FileHandle, target: Uint8Array, position: number): Promise<number> {
  let filled = 0;
  while (filled < target.length) {
    const { bytesRead } = await handle.read(target, filled, target.length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled;
}
