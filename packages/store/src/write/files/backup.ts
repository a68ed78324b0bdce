import { mkdirSync, readdirSync } from 'node:fs';
import { constants, copyFile, stat } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { writeCheckedJson } from './checked-json.ts';
import { makeDirectory, syncDirectory, writeFileDurably } from './durable.ts';
import type { DataFile } from './files.ts';

/** A file of rows that were still pending when the backup was taken: its path in the backup and its contents. */
export interface WaitingFile {
  readonly path: string;
  readonly pieces: readonly Uint8Array[];
}

/** The contents of a backup. */
export interface BackupContents {
  readonly files: readonly DataFile[];
  readonly encoded: readonly WaitingFile[];
  /** The contents of the backup's `positions.json`, which account for missing files. */
  readonly kept: object;
}

/**
 * Copies files of `directory` into the empty directory `target`, adds those for pending rows, and marks it as a store
 * last: a directory without the mark is not a valid backup. Files share blocks where the file system supports it.
 */
export async function backup(directory: string, target: string, { files, encoded, kept }: BackupContents) {
  mkdirSync(target, { recursive: true });
  const found = readdirSync(target);
  if (found.length > 0) {
    throw new Error(
      `${target}: expected an empty directory for the backup, it has ${found.length} entries such as ${found[0]}`,
    );
  }
  let bytes = 0;
  const directories = new Set<string>();
  for (const { path } of files) {
    const copy = join(target, relative(directory, path));
    makeDirectory(dirname(copy));
    directories.add(dirname(copy));
    await copyFile(path, copy, constants.COPYFILE_FICLONE);
    bytes += (await stat(copy)).size;
  }
  for (const parent of directories) syncDirectory(parent);
  for (const { path, pieces } of encoded) {
    writeFileDurably(join(target, path), pieces);
    for (const piece of pieces) bytes += piece.length;
  }
  writeCheckedJson(join(target, 'positions.json'), { ...kept });
  await copyFile(join(directory, 'store.json'), join(target, 'store.json'));
  syncDirectory(target);
  return { files: files.length + encoded.length, bytes };
}
