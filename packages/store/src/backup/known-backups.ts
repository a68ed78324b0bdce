import { join, resolve } from 'node:path';
import { isRecord, readCheckedJson, writeCheckedJson } from '../write/files/checked-json.ts';

/** The file of a store that lists where it was backed up. */
const NAME = 'backups.json';
/** Number of directories that are remembered, the latest ones. */
const MAX_BACKUPS = 100;

/** A backup of a store, as far as the store knows. */
export interface KnownBackup {
  readonly directory: string;
  /** When it was made last, in milliseconds since the Unix epoch. */
  readonly atMillis: number;
}

/** Remembers a backup, so that the removal of a tenant can name it. A store that cannot be written is no reason to fail. */
export function rememberBackup(store: string, backup: KnownBackup): void {
  const others = knownBackups(store).filter(({ directory }) => directory !== backup.directory);
  try {
    writeCheckedJson(join(resolve(store), NAME), { backups: [...others, backup].slice(-MAX_BACKUPS) });
  } catch {
    // A read-only file system.
  }
}

/** Returns where a store was backed up, as far as it knows: none after its list was damaged. */
export function knownBackups(store: string): readonly KnownBackup[] {
  const read = readCheckedJson(join(resolve(store), NAME));
  const backups = read.kind === 'whole' && read.isChecked ? read.value['backups'] : undefined;
  if (!Array.isArray(backups)) return [];
  return backups.flatMap((one: unknown) => {
    if (!isRecord(one)) return [];
    const { directory, atMillis } = one;
    return typeof directory === 'string' && typeof atMillis === 'number' ? [{ directory, atMillis }] : [];
  });
}
