import { knownBackups } from './known-backups.ts';
import { readManifest } from './manifest.ts';

/** A backup of a store, and which of some files it has. */
export interface BackupWith {
  readonly directory: string;
  readonly at: string;
  /** Paths in the directory of the store; `undefined` if the manifest cannot be read, as of a disk that is not here. */
  readonly files: readonly string[] | undefined;
}

/** Returns the backups that a store knows, and which of some files are in their manifests. */
export function backupsWith(store: string, files: readonly string[]): readonly BackupWith[] {
  const wanted = new Set(files);
  return knownBackups(store).map(({ directory, atMillis }) => {
    return { directory, at: new Date(atMillis).toISOString(), files: filesIn(directory, wanted) };
  });
}

function filesIn(directory: string, wanted: ReadonlySet<string>): readonly string[] | undefined {
  try {
    const manifest = readManifest(directory);
    return manifest?.files.flatMap(({ path }) => (wanted.has(path) ? [path] : []));
  } catch {
    return undefined;
  }
}
