import { existsSync, readdirSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { verifyJournal } from '@otelier/journal';
import { MANIFEST } from './backup/manifest.ts';
import { verifyBackup } from './backup/verify.ts';
import { StoreOpenError } from './contract.ts';
import type { StoreEncryptionOptions } from './encryption/contract.ts';
import { openerOf } from './encryption/open-encryption.ts';
import { errorMessage } from './error-message.ts';
import type { FileOpener } from './parquet/file-bytes.ts';
import { verifyParquet } from './parquet/verify.ts';
import type { StoreFinding, StoreVerification } from './verification.ts';
import { readDataFile } from './write/files/files.ts';
import { highest, readPositionsFile } from './write/files/positions.ts';
import type { Positions } from './write/protocol.ts';
import { readStoreVersion } from './write/version.ts';

/**
 * Verifies every file of a store or a backup against its checksums without changing anything. A process may have the
 * store open, and the directory may be read-only. `onFinding` and `onProgress` are called as files are verified. Rejects
 * with `StoreOpenError` if the directory contains neither, and with `BackupError` if the backup has no valid manifest.
 */
export async function verifyStore(
  directory: string,
  onFinding: (finding: StoreFinding) => void,
  onProgress?: (verification: StoreVerification) => void,
  encryption?: StoreEncryptionOptions,
): Promise<StoreVerification> {
  const root = resolve(directory);
  if (existsSync(join(root, MANIFEST))) return verifyBackup(root, onFinding, onProgress, encryption);
  if (!existsSync(join(root, 'store.json'))) throw new StoreOpenError(`${root}: expected a store, found none`);
  const check = new StoreCheck(root, onFinding, await openerOf(root, encryption));
  check.metadata();
  // Journals first: a running process discards records only after they are in files.
  await check.journals();
  check.files(onProgress);
  check.beginnings();
  return check.counts;
}

class StoreCheck {
  readonly counts = { files: 0, rows: 0, journals: 0, records: 0, damaged: 0 };
  readonly #root: string;
  readonly #opener: FileOpener;
  readonly #onFinding: (finding: StoreFinding) => void;
  /** Start position of each journal. */
  readonly #firstPositions = new Map<string, number>();
  /** Per journal: all rows below this position are in files. */
  #resume: Positions = {};

  constructor(root: string, onFinding: (finding: StoreFinding) => void, opener: FileOpener) {
    this.#opener = opener;
    this.#root = root;
    this.#onFinding = onFinding;
  }

  metadata(): void {
    this.#json('store.json', readStoreVersion);
    this.#json('positions.json', (path) => {
      this.#resume = highest(this.#resume, readPositionsFile(path)?.resume ?? {});
    });
  }

  #json(name: string, read: (path: string) => unknown): void {
    const path = join(this.#root, name);
    try {
      if (existsSync(path)) read(path);
    } catch (error) {
      this.#find('damaged', path, errorMessage(error));
    }
  }

  async journals(): Promise<void> {
    const parent = join(this.#root, 'journal');
    if (!existsSync(parent)) return;
    for (const entry of readdirSync(parent, { withFileTypes: true })) {
      if (entry.isDirectory()) await this.#journal(join(parent, entry.name));
    }
  }

  async #journal(path: string): Promise<void> {
    let report: Awaited<ReturnType<typeof verifyJournal>>;
    try {
      report = await verifyJournal(path);
    } catch (error) {
      // The running process removed the whole journal.
      if (!existsSync(path)) return;
      this.#find('damaged', path, errorMessage(error));
      return;
    }
    this.#firstPositions.set(basename(path), report.firstPosition);
    this.counts.journals += 1;
    this.counts.records += report.records;
    for (const { message, bytes } of report.damage) {
      this.#find('damaged', path, `${message}; ${bytes} bytes of records cannot be read`);
    }
    if (report.unfinishedBytes > 0) {
      const what = `an unfinished record of ${report.unfinishedBytes} bytes at the end, which was not acknowledged`;
      this.#find('unfinished', path, what);
    }
  }

  files(onProgress?: (verification: StoreVerification) => void): void {
    const data = join(this.#root, 'data');
    if (!existsSync(data)) return;
    const names = readdirSync(data, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.parquet'));
    for (const name of names.sort()) {
      const path = join(data, name);
      try {
        this.#file(path);
      } catch (error) {
        // The running process removed the file through retention.
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
          this.#find('damaged', path, errorMessage(error));
        }
      }
      onProgress?.(this.counts);
    }
  }

  #file(path: string): void {
    const { rows, hasChecksums, damage, damagedRows } = verifyParquet(path, this.#opener);
    this.counts.files += 1;
    this.counts.rows += rows;
    if (damage.length > 0) {
      const affected = rows === 0 ? 'none of its rows can be read' : `${damagedRows} of ${rows} rows affected`;
      this.#find('damaged', path, `${damage.join('; ')}; ${affected}`);
      return;
    }
    // Throws if the store's entry in the footer is invalid.
    const { footer } = readDataFile(path, this.#opener);
    this.#resume = highest(this.#resume, footer.resume);
    if (!hasChecksums) this.#find('no-checksums', path, 'written by an older version, only its structure was checked');
  }

  /** Checks that no journal has lost leading records that are not in files. */
  beginnings(): void {
    // A damaged file may be the one whose footer has the highest positions.
    if (this.counts.damaged > 0) return;
    for (const [name, first] of this.#firstPositions) {
      const inFiles = this.#resume[name] ?? 0;
      if (first <= inFiles) continue;
      const path = join(this.#root, 'journal', name);
      this.#find('damaged', path, `the records from position ${inFiles} to ${first} are missing`);
    }
  }

  #find(kind: StoreFinding['kind'], path: string, message: string): void {
    if (kind === 'damaged') this.counts.damaged += 1;
    this.#onFinding({ kind, path: relative(this.#root, path), message: message.replaceAll(`${path}: `, '') });
  }
}
