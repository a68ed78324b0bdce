import { createHash } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeDirectory, TEMPORARY } from '../write/files/durable.ts';
import { BackupError } from './contract.ts';

const CHUNK_BYTES = 1 << 20;

/** The size and checksum of a file. */
export interface Digest {
  readonly bytes: number;
  readonly sha256: string;
}

/**
 * Copies the first bytes of a file, up to its present size, to a new file, and syncs it. It reads the copy back and
 * compares the checksums. The caller syncs the directory.
 */
export async function copyVerified(source: string, target: string): Promise<Digest> {
  makeDirectory(dirname(target));
  const temporary = target + TEMPORARY;
  try {
    const from = await open(source, 'r');
    let digest: Digest;
    try {
      const to = await open(temporary, 'w');
      try {
        digest = await digestOf(from, (chunk) => writeAll(to, chunk));
        await to.sync();
      } finally {
        await to.close();
      }
    } finally {
      await from.close();
    }
    const written = await digestFile(temporary);
    if (written.sha256 !== digest.sha256) {
      throw new BackupError(`${target}: expected the copied bytes when read back, got others: the disk may be failing`);
    }
    await rename(temporary, target);
    return digest;
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Returns the size and checksum of a file. */
export async function digestFile(path: string): Promise<Digest> {
  const file = await open(path, 'r');
  try {
    return await digestOf(file, async () => undefined);
  } finally {
    await file.close();
  }
}

/** Reads a file up to its present size: another process may append to it. */
async function digestOf(file: FileHandle, write: (chunk: Uint8Array) => Promise<void>): Promise<Digest> {
  const hash = createHash('sha256');
  const { size } = await file.stat();
  const buffer = Buffer.allocUnsafe(Math.max(1, Math.min(size, CHUNK_BYTES)));
  let bytes = 0;
  while (bytes < size) {
    const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, size - bytes), bytes);
    if (bytesRead === 0) break;
    const chunk = buffer.subarray(0, bytesRead);
    hash.update(chunk);
    await write(chunk);
    bytes += bytesRead;
  }
  return { bytes, sha256: hash.digest('hex') };
}

async function writeAll(file: FileHandle, chunk: Uint8Array): Promise<void> {
  let rest = chunk;
  while (rest.length > 0) {
    const { bytesWritten } = await file.write(rest);
    rest = rest.subarray(bytesWritten);
  }
}
