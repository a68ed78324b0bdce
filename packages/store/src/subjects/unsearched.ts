import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Directories of a store whose files cannot be read as telemetry. */
const DIRECTORIES = ['damaged', 'rejected'] as const;

/** Returns the files of a store that cannot be searched, as paths in its directory. */
export function unsearched(directory: string): readonly string[] {
  return DIRECTORIES.flatMap((name) => {
    try {
      const entries = readdirSync(join(directory, name), { recursive: true, withFileTypes: true });
      return entries.flatMap((entry) =>
        entry.isFile() ? [join(entry.parentPath, entry.name).slice(directory.length + 1)] : [],
      );
    } catch {
      return [];
    }
  });
}
