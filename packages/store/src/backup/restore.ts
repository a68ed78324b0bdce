import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { errorMessage } from '../error-message.ts';
import { makeDirectory, syncDirectory } from '../write/files/durable.ts';
import { BackupError, type BackupProgress, type RestoreResult } from './contract.ts';
import { copyVerified, digestFile } from './copy.ts';
import { type BackupFile, MANIFEST, type Manifest, readManifest, stateDirectory } from './manifest.ts';
import { isMissing } from './state.ts';

/** Directory within the restored store for files until all have been verified. */
const RESTORING = 'restoring';
/** Maximum number of damaged files in a message. */
const MAX_NAMED = 20;

/** Options for `restoreStore`. */
export interface RestoreOptions {
  /** Restores what is intact from a damaged backup. Default: a damaged backup is not restored. */
  readonly skipDamaged?: boolean;
  readonly onProgress?: (progress: BackupProgress) => void;
}

/**
 * Restores a backup into a directory, which must be empty or missing. Verifies the checksum of every file, and changes
 * nothing if one is damaged or missing. Throws `BackupError`, which names these files.
 */
export async function restoreStore(
  backup: string,
  directory: string,
  options: RestoreOptions = {},
): Promise<RestoreResult> {
  const [from, to] = [resolve(backup), resolve(directory)];
  const manifest = requireManifest(from);
  checkEmpty(to);
  try {
    return await restore(from, to, manifest, options);
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) {
      throw new BackupError(`${to}: the restore failed: ${error.message}`, { cause: error });
    }
    throw error;
  }
}

/** Reads the manifest of a backup. Throws `BackupError` if the directory contains none. */
export function requireManifest(backup: string): Manifest {
  const manifest = readManifest(backup);
  if (manifest !== undefined) return manifest;
  const isIncomplete = existsSync(backup) && readdirSync(backup).some((name) => /^state-\d+$/.test(name));
  const what = isIncomplete ? 'the first backup to this directory was interrupted' : 'found none';
  throw new BackupError(`${backup}: expected a backup, whose contents ${MANIFEST} lists: ${what}`);
}

function checkEmpty(directory: string): void {
  const names = existsSync(directory) ? readdirSync(directory) : [];
  const others = names.filter((name) => name !== RESTORING && name !== 'lost+found');
  if (others.length > 0) {
    throw new BackupError(
      `${directory}: expected an empty directory for the restored store, it has ${others.length} entries such as ${others[0]}`,
    );
  }
}

async function restore(
  backup: string,
  directory: string,
  manifest: Manifest,
  { skipDamaged = false, onProgress }: RestoreOptions,
): Promise<RestoreResult> {
  const damaged = await findDamaged(backup, manifest, onProgress);
  if (damaged.size > 0 && !skipDamaged) throw new BackupError(describeDamage(backup, [...damaged.values()]));
  const temporary = join(directory, RESTORING);
  rmSync(temporary, { recursive: true, force: true });
  makeDirectory(temporary);
  const state = `${stateDirectory(manifest.generation)}/`;
  let bytes = 0;
  for (const [index, file] of manifest.files.entries()) {
    if (damaged.has(file)) continue;
    const inStore = file.path.startsWith(state) ? file.path.slice(state.length) : file.path;
    const copied = await copyVerified(join(backup, file.path), join(temporary, inStore));
    if (copied.sha256 !== file.sha256) throw new BackupError(`${join(backup, file.path)}: changed during the restore`);
    bytes += file.bytes;
    onProgress?.({ files: index + 1, totalFiles: manifest.files.length, bytes });
  }
  moveInPlace(temporary, directory);
  return { files: manifest.files.length - damaged.size, bytes, skipped: [...damaged.values()] };
}

/** Verifies every file of a backup. Returns the damaged and missing ones, with a line that describes the damage. */
async function findDamaged(
  backup: string,
  { files }: Manifest,
  onProgress: RestoreOptions['onProgress'],
): Promise<ReadonlyMap<BackupFile, string>> {
  const damaged = new Map<BackupFile, string>();
  for (const [index, file] of files.entries()) {
    const reason = await damageOf(backup, file);
    if (reason !== undefined) damaged.set(file, `${file.path}: ${reason}`);
    onProgress?.({ files: index + 1, totalFiles: files.length, bytes: 0 });
  }
  return damaged;
}

/** Returns how a file differs from the manifest of its backup. */
export async function damageOf(backup: string, { path, bytes, sha256 }: BackupFile): Promise<string | undefined> {
  try {
    const found = await digestFile(join(backup, path));
    if (found.bytes !== bytes) return `expected ${bytes} bytes, got ${found.bytes}`;
    return found.sha256 === sha256 ? undefined : 'checksum mismatch';
  } catch (error) {
    return isMissing(error) ? 'missing' : errorMessage(error);
  }
}

function describeDamage(backup: string, skipped: readonly string[]): string {
  const named = skipped.slice(0, MAX_NAMED).map((line) => `  ${line}`);
  const more = skipped.length > named.length ? [`  and ${skipped.length - named.length} more`] : [];
  const what = `${skipped.length} ${skipped.length === 1 ? 'file is' : 'files are'} damaged or missing; nothing was restored`;
  return [`${backup}: expected an intact backup: ${what}:`, ...named, ...more].join('\n');
}

/** Moves the restored files into place, the file that marks a store last. */
function moveInPlace(temporary: string, directory: string): void {
  mkdirSync(join(temporary, 'data'), { recursive: true });
  for (const parent of readdirSync(temporary, { recursive: true, withFileTypes: true })) {
    if (parent.isDirectory()) syncDirectory(join(parent.parentPath, parent.name));
  }
  syncDirectory(temporary);
  const names = readdirSync(temporary).filter((name) => name !== 'store.json');
  for (const name of names) renameSync(join(temporary, name), join(directory, name));
  syncDirectory(directory);
  if (existsSync(join(temporary, 'store.json'))) {
    renameSync(join(temporary, 'store.json'), join(directory, 'store.json'));
  }
  rmSync(temporary, { recursive: true, force: true });
  syncDirectory(directory);
}
