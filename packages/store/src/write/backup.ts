import { mkdirSync, readdirSync } from 'node:fs';
import { constants, copyFile, stat } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { makeFolder, syncFolder, writeFileDurably } from './durable.ts';
import type { DataFile } from './files.ts';

/** Rows that were in no file when the backup was taken, as a file: its path below the folder, its contents. */
export interface WaitingFile {
  readonly path: string;
  readonly pieces: readonly Uint8Array[];
}

/**
 * Copies files of `directory` into the empty folder `target`, with those for waiting rows, and marks it as a store last:
 * a folder without the mark is no backup. Files share their blocks where the file system can do that.
 */
export async function backup(
  directory: string,
  target: string,
  files: readonly DataFile[],
  waiting: readonly WaitingFile[],
) {
  mkdirSync(target, { recursive: true });
  const found = readdirSync(target);
  if (found.length > 0) {
    throw new Error(
      `${target}: expected an empty folder for the backup, it has ${found.length} entries such as ${found[0]}`,
    );
  }
  let bytes = 0;
  const folders = new Set<string>();
  for (const { path } of files) {
    const copy = join(target, relative(directory, path));
    makeFolder(dirname(copy));
    folders.add(dirname(copy));
    await copyFile(path, copy, constants.COPYFILE_FICLONE);
    bytes += (await stat(copy)).size;
  }
  for (const folder of folders) syncFolder(folder);
  for (const { path, pieces } of waiting) {
    writeFileDurably(join(target, path), pieces);
    for (const piece of pieces) bytes += piece.length;
  }
  await copyFile(join(directory, 'store.json'), join(target, 'store.json'));
  syncFolder(target);
  return { files: files.length + waiting.length, bytes };
}
