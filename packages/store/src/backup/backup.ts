import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { DirectoryLockedError, lockDirectory } from '@otelier/journal';
import type { StoreEncryptionOptions } from '../encryption/contract.ts';
import { openerOf } from '../encryption/open-encryption.ts';
import { errorMessage } from '../error-message.ts';
import type { FileOpener } from '../parquet/file-bytes.ts';
import { verifyParquet } from '../parquet/verify.ts';
import type { FileFooter } from '../schema.ts';
import { syncDirectory } from '../write/files/durable.ts';
import { readDataFile } from '../write/files/files.ts';
import { BackupError, type BackupProgress, type BackupResult } from './contract.ts';
import { copyVerified } from './copy.ts';
import { rememberBackup } from './known-backups.ts';
import { type BackupFile, type Manifest, readManifest, stateDirectory, writeManifest } from './manifest.ts';
import { copyState, type Found, isMissing } from './state.ts';

/** Options for `backupStore`. */
export interface BackupOptions {
  readonly onProgress?: (progress: BackupProgress) => void;
  /** How the store is encrypted. Its backup contains the same files, and its data keys as they are stored. */
  readonly encryption?: StoreEncryptionOptions | undefined;
}

/**
 * Backs up a store to a directory, which is created if it is missing. A process may write to the store meanwhile: the
 * backup contains every item that was acknowledged before it began. If the directory contains an earlier backup, only
 * new files are copied, and files that the store no longer has are removed; until the end, the earlier backup stays
 * usable. Every copy is verified against the checksums of its source. Throws `BackupError`.
 */
export async function backupStore(
  store: string,
  target: string,
  { onProgress, encryption }: BackupOptions = {},
): Promise<BackupResult> {
  const [from, to] = [resolve(store), resolve(target)];
  if (!existsSync(join(from, 'store.json'))) throw new BackupError(`${from}: expected a store, found none`);
  checkTarget(from, to);
  const unlock = lock(to);
  try {
    return await new Backup(from, to, onProgress, await openerOf(from, encryption)).run();
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) {
      throw new BackupError(`${to}: the backup failed: ${error.message}`, { cause: error });
    }
    throw error;
  } finally {
    unlock();
  }
}

function checkTarget(store: string, target: string): void {
  const [down, up] = [relative(store, target), relative(target, store)];
  if (!down.startsWith('..') || !up.startsWith('..')) {
    throw new BackupError(`${target}: expected a directory outside of the store ${store}`);
  }
  const names = existsSync(target) ? entriesOf(target) : [];
  if (names.length > 0 && readManifest(target) === undefined && !names.every((name) => OWN.test(name))) {
    throw new BackupError(
      `${target}: expected an empty directory or an earlier backup, it has ${names.length} entries such as ${names[0]}`,
    );
  }
}

/** Names that an interrupted first backup leaves. */
const OWN = /^(data|state-\d+|lock|lock\.db|backup\.json\.tmp)$/;

/** Lists a directory without what file systems and locks create. */
function entriesOf(directory: string): readonly string[] {
  return readdirSync(directory).filter((name) => name !== 'lost+found' && name !== 'lock.db' && name !== 'lock');
}

function lock(target: string): () => void {
  try {
    mkdirSync(target, { recursive: true });
    return lockDirectory(target);
  } catch (error) {
    if (error instanceof DirectoryLockedError) throw new BackupError(error.message, { cause: error });
    throw new BackupError(`${target}: expected a writable directory: ${errorMessage(error)}`, { cause: error });
  }
}

class Backup {
  readonly #store: string;
  readonly #target: string;
  readonly #onProgress: ((progress: BackupProgress) => void) | undefined;
  readonly #opener: FileOpener;
  readonly #earlier: Manifest | undefined;
  readonly #known: ReadonlyMap<string, BackupFile>;
  readonly #damaged: string[] = [];
  #copiedFiles = 0;
  #copiedBytes = 0;

  constructor(
    store: string,
    target: string,
    onProgress: ((progress: BackupProgress) => void) | undefined,
    opener: FileOpener,
  ) {
    this.#opener = opener;
    this.#store = store;
    this.#target = target;
    this.#onProgress = onProgress;
    this.#earlier = readManifest(target);
    this.#known = new Map(this.#earlier?.files.map((file) => [file.path, file]));
  }

  async run(): Promise<BackupResult> {
    const createdMillis = Date.now();
    const generation = (this.#earlier?.generation ?? 0) + 1;
    const state = await copyState(this.#store, this.#target, stateDirectory(generation), this.#opener);
    const files: BackupFile[] = [...state.files];
    for (const found of state.found) {
      const file = await this.#data(found);
      if (file !== undefined) files.push(file);
      this.#onProgress?.({ files: files.length, totalFiles: files.length, bytes: this.#copiedBytes });
    }
    this.#syncDirectories(files);
    writeManifest(this.#target, { generation, createdMillis, files });
    rememberBackup(this.#store, { directory: this.#target, atMillis: createdMillis });
    const removedFiles = this.#removeOthers(files);
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    return {
      ...{ files: files.length, bytes, removedFiles, damaged: this.#damaged },
      copiedFiles: this.#copiedFiles + state.files.length,
      copiedBytes: this.#copiedBytes + state.files.reduce((sum, file) => sum + file.bytes, 0),
    };
  }

  /** Returns the backup of a data file, which is copied unless the earlier backup has it. */
  async #data({ path, file }: Found): Promise<BackupFile | undefined> {
    const footer = file === undefined ? undefined : footerSum(file.footer);
    const known = this.#known.get(path);
    if (known !== undefined && this.#isPresent(known)) {
      if (footer === undefined || known.footer === undefined || footer === known.footer) {
        // A file that was damaged since then stays as it was.
        return known;
      }
      throw new BackupError(
        `${join(this.#target, path)}: expected a backup of ${this.#store}, got one of another store`,
      );
    }
    try {
      const copied = { path, ...(await copyVerified(join(this.#store, path), join(this.#target, path))), footer };
      this.#copiedFiles += 1;
      this.#copiedBytes += copied.bytes;
      this.#check(path);
      return copied;
    } catch (error) {
      // Retention removed it meanwhile.
      if (isMissing(error) && !existsSync(join(this.#store, path))) return undefined;
      throw error;
    }
  }

  #isPresent({ path, bytes }: BackupFile): boolean {
    return statSync(join(this.#target, path), { throwIfNoEntry: false })?.size === bytes;
  }

  #check(path: string): void {
    try {
      const { damage } = verifyParquet(join(this.#target, path), this.#opener);
      if (damage.length > 0) this.#damaged.push(`${path}: ${damage.join('; ')}`);
      else readDataFile(join(this.#target, path), this.#opener);
    } catch (error) {
      this.#damaged.push(`${path}: ${errorMessage(error).replaceAll(`${join(this.#target, path)}: `, '')}`);
    }
  }

  #syncDirectories(files: readonly BackupFile[]): void {
    const parents = new Set(files.map(({ path }) => dirname(join(this.#target, path))));
    for (const parent of parents) syncDirectory(parent);
  }

  /** Removes files that are not part of the backup: those of the earlier one, and those that an interrupted one left. */
  #removeOthers(files: readonly BackupFile[]): number {
    const kept = new Set(files.map(({ path }) => path));
    const removed = [...this.#known.keys()].filter((path) => path.startsWith('data/') && !kept.has(path)).length;
    for (const name of entriesOf(this.#target)) {
      if (name === 'data' || /^state-\d+$/.test(name)) removeOthersIn(this.#target, name, kept);
    }
    return removed;
  }
}

/** Removes the files below `path` that are not in `kept`, and then empty directories. */
function removeOthersIn(root: string, path: string, kept: ReadonlySet<string>): void {
  for (const entry of readdirSync(join(root, path), { withFileTypes: true })) {
    const inner = `${path}/${entry.name}`;
    if (entry.isDirectory()) removeOthersIn(root, inner, kept);
    else if (!kept.has(inner)) rmSync(join(root, inner), { force: true });
  }
  if (readdirSync(join(root, path)).length === 0) rmdirSync(join(root, path));
}

function footerSum(footer: FileFooter): string {
  return createHash('sha256').update(JSON.stringify(footer)).digest('hex');
}
