/** A backup that cannot be taken, verified or restored. The message names the file, what was expected and what was found. */
export class BackupError extends Error {
  override readonly name = 'BackupError';
}

/** The result of a backup. */
export interface BackupResult {
  /** Number of files in the backup, and their total size in bytes. */
  readonly files: number;
  readonly bytes: number;
  /** Number of files that were not in the earlier backup, and their total size in bytes. */
  readonly copiedFiles: number;
  readonly copiedBytes: number;
  /** Number of files of the earlier backup that are no longer needed and were removed. */
  readonly removedFiles: number;
  /** Files of the store that are damaged, with the damage. They are copied as they are. */
  readonly damaged: readonly string[];
}

/** The result of a restore. */
export interface RestoreResult {
  readonly files: number;
  readonly bytes: number;
  /** Damaged and missing files, which were left out. */
  readonly skipped: readonly string[];
}

/** The progress of a backup or a restore. */
export interface BackupProgress {
  readonly files: number;
  readonly totalFiles: number;
  readonly bytes: number;
}
