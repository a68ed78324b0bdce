import { join } from 'node:path';
import { StoreOpenError } from '../contract.ts';
import { SCHEMA_VERSION } from '../schema.ts';
import { hasOnly, readCheckedJson, writeCheckedJson } from './files/checked-json.ts';
import { type Report, setAsideDamaged } from './files/damaged.ts';

/**
 * A function that migrates a store's directory from one version to the next. It must be safe to run again after a crash
 * during migration.
 */
export type Migration = (directory: string) => void;

/** Migrations by the version that they start from. */
const MIGRATIONS: ReadonlyMap<number, Migration> = new Map();

/**
 * Ensures that the store in a directory has this program's version: marks a new store, migrates an older one version by
 * version, and rejects a newer one without changing it. A damaged version file is moved to `damaged/`, and the store is
 * treated as having this version, because files and journals contain their own versions too.
 */
export function ensureVersion(
  directory: string,
  report: Report,
  migrations: ReadonlyMap<number, Migration> = MIGRATIONS,
  target = SCHEMA_VERSION,
): void {
  const path = join(directory, 'store.json');
  const written = readOrSetAside(directory, path, report) ?? target;
  const isEncrypted = isEncryptedVersion(written);
  let version = isEncrypted ? written - ENCRYPTED : written;
  if (version > target) {
    throw new StoreOpenError(
      `${directory}: expected a store of version ${target} or older, got version ${version}, written by a newer otelier. ` +
        'Upgrade otelier or choose another directory (--data); nothing was changed.',
    );
  }
  for (; version < target; version++) {
    const migrate = migrations.get(version);
    if (migrate === undefined) {
      throw new StoreOpenError(`${directory}: there is no way from a store of version ${version} to version ${target}`);
    }
    migrate(directory);
    mark(path, version + 1 + (isEncrypted ? ENCRYPTED : 0));
  }
  if (readStoreVersion(path) === undefined) mark(path, target);
}

/**
 * Added to the version of a store in which some files are encrypted. Programs that know nothing of encryption reject it as
 * a newer version, instead of moving its files to `damaged/`.
 */
const ENCRYPTED = 1000;

/** Returns whether the version of a store says that some of its files are encrypted. */
export function isEncryptedVersion(version: number): boolean {
  return version > ENCRYPTED && version < 2 * ENCRYPTED;
}

/** Marks a store as encrypted. */
export function markEncrypted(directory: string): void {
  const path = join(directory, 'store.json');
  const version = readStoreVersion(path) ?? SCHEMA_VERSION;
  if (!isEncryptedVersion(version)) mark(path, version + ENCRYPTED);
}

function mark(path: string, version: number): void {
  writeCheckedJson(path, { version });
}

/**
 * Reads the version from `store.json`. Returns `undefined` if the file does not exist. Throws `StoreOpenError` if it is
 * damaged.
 */
export function readStoreVersion(path: string): number | undefined {
  const read = readCheckedJson(path);
  if (read.kind === 'missing') return undefined;
  if (read.kind === 'whole') {
    const { version } = read.value;
    // Older versions wrote only the version, without a checksum.
    const isOurs = read.isChecked || hasOnly(read.value, ['version']);
    if (isOurs && Number.isSafeInteger(version)) return version as number;
  }
  const reason = read.kind === 'damaged' ? read.reason : `got ${JSON.stringify(read.value).slice(0, 100)}`;
  throw new StoreOpenError(`${path}: expected {"version": number}: ${reason}`);
}

function readOrSetAside(directory: string, path: string, report: Report): number | undefined {
  try {
    return readStoreVersion(path);
  } catch (error) {
    if (!(error instanceof StoreOpenError)) throw error;
    setAsideDamaged(directory, path, error.message, 'nothing is lost', report);
    return undefined;
  }
}
