import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { StoreOpenError } from '../contract.ts';
import { SCHEMA_VERSION } from '../schema.ts';
import { writeFileDurably } from './durable.ts';

/** Brings a store's folder from one version to the next. Must be safe to run again after a crash in its middle. */
export type Migration = (directory: string) => void;

/** Migrations by the version that they start from. */
const MIGRATIONS: ReadonlyMap<number, Migration> = new Map();

/**
 * Makes sure that the folder's store is of this program's version: marks a new one, migrates an older one a version at
 * a time, and refuses a newer one without touching it.
 */
export function ensureVersion(
  directory: string,
  migrations: ReadonlyMap<number, Migration> = MIGRATIONS,
  target = SCHEMA_VERSION,
): void {
  const path = join(directory, 'store.json');
  let version = readStoreVersion(path) ?? target;
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
    mark(path, version + 1);
  }
  if (readStoreVersion(path) === undefined) mark(path, target);
}

function mark(path: string, version: number): void {
  writeFileDurably(path, [Buffer.from(`${JSON.stringify({ version })}\n`)]);
}

/** Reads the version in `store.json`; `undefined` when there is no such file. Throws `StoreOpenError` when it is damaged. */
export function readStoreVersion(path: string): number | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const { version } = JSON.parse(text) as { readonly version?: unknown };
    if (typeof version === 'number' && Number.isInteger(version)) return version;
  } catch {
    // Said below.
  }
  throw new StoreOpenError(`${path}: expected {"version": number}, got ${JSON.stringify(text.slice(0, 100))}`);
}
