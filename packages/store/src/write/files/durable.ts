import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writevSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Suffix of incomplete files. The next start removes those left by a crash. */
export const TEMPORARY = '.tmp';

/** Maximum number of pieces per `writev` call. The system limit is 1024. */
const PIECES_A_WRITE = 512;

/**
 * Writes a file so that after a crash it is either complete or missing: writes it under a temporary name, syncs it,
 * renames it, and syncs the directory. Creates missing directories.
 */
export function writeFileDurably(path: string, pieces: readonly Uint8Array[]): void {
  makeDirectory(dirname(path));
  const temporary = path + TEMPORARY;
  try {
    writePieces(temporary, pieces, true);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  syncDirectory(dirname(path));
}

/** Writes a file as `writeFileDurably` does, without blocking the thread while the disk works. */
export async function writeFileInBackground(path: string, pieces: readonly Uint8Array[]): Promise<void> {
  makeDirectory(dirname(path));
  const temporary = path + TEMPORARY;
  try {
    writePieces(temporary, pieces, false);
    await syncPath(temporary);
    await rename(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  await syncPath(dirname(path));
}

async function syncPath(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Writes a file, and syncs it if requested. */
export function writePieces(path: string, pieces: readonly Uint8Array[], sync: boolean): void {
  const file = openSync(path, 'w');
  try {
    for (let from = 0; from < pieces.length; from += PIECES_A_WRITE) {
      writeAll(file, pieces.slice(from, from + PIECES_A_WRITE));
    }
    if (sync) fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Writes all pieces, continuing after short writes, which are likely on a nearly full disk. */
function writeAll(file: number, pieces: readonly Uint8Array[]): void {
  let rest = pieces.filter((piece) => piece.length > 0);
  while (rest.length > 0) {
    let written = writevSync(file, rest);
    while (rest[0] !== undefined && written >= rest[0].length) {
      written -= rest[0].length;
      rest = rest.slice(1);
    }
    if (rest[0] !== undefined && written > 0) rest = [rest[0].subarray(written), ...rest.slice(1)];
  }
}

/** Durably creates a directory: syncs the parent of each directory that it creates. */
export function makeDirectory(path: string): void {
  if (existsSync(path)) return;
  makeDirectory(dirname(path));
  mkdirSync(path, { recursive: true });
  syncDirectory(dirname(path));
}

export function syncDirectory(path: string): void {
  const directory = openSync(path, 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}
