/**
 * Thrown for an append that exceeds the journal's size limit. The same append succeeds once `discardBefore` has freed
 * space.
 */
export class JournalFullError extends Error {
  override readonly name = 'JournalFullError';
}

/** Thrown if the active segment is no longer at its path because the directory was removed or replaced. */
export class JournalRemovedError extends Error {
  override readonly name = 'JournalRemovedError';
}

/** Thrown if acknowledged bytes cannot be read back because the disk or another program changed them. */
export class JournalCorruptError extends Error {
  override readonly name = 'JournalCorruptError';
  /** Path of the segment file. */
  readonly file: string;
  /** Position of the first record that cannot be read. */
  readonly position: number;
  /** Position of the next intact record, if there is one, where reading can resume. */
  readonly resumePosition: number | undefined;

  constructor(message: string, place: { file: string; position: number; resumePosition: number | undefined }) {
    super(message);
    this.file = place.file;
    this.position = place.position;
    this.resumePosition = place.resumePosition;
  }
}

/** Thrown if another thread or process has locked the directory. */
export class DirectoryLockedError extends Error {
  override readonly name = 'DirectoryLockedError';
  /** Process ID of the owner, if known. */
  readonly pid: number | undefined;

  constructor(message: string, pid: number | undefined) {
    super(message);
    this.pid = pid;
  }
}
