/** An append beyond the journal's byte bound; the same append succeeds once `discardBefore` has made room. */
export class JournalFullError extends Error {
  override readonly name = 'JournalFullError';
}

/** The segment that is appended to is no longer at its path: something removed or replaced the directory. */
export class JournalRemovedError extends Error {
  override readonly name = 'JournalRemovedError';
}

/** Bytes that were once acknowledged cannot be read back: the disk or somebody else changed them. */
export class JournalCorruptError extends Error {
  override readonly name = 'JournalCorruptError';
  /** The segment file. */
  readonly file: string;
  /** Position of the first record that cannot be read. */
  readonly position: number;
  /** Where the next whole record stands, if there is one: reading may go on from there. */
  readonly resumePosition: number | undefined;

  constructor(message: string, place: { file: string; position: number; resumePosition: number | undefined }) {
    super(message);
    this.file = place.file;
    this.position = place.position;
    this.resumePosition = place.resumePosition;
  }
}

/** Another thread or process has the folder. */
export class DirectoryLockedError extends Error {
  override readonly name = 'DirectoryLockedError';
  /** The process, where it could be found out. */
  readonly pid: number | undefined;

  constructor(message: string, pid: number | undefined) {
    super(message);
    this.pid = pid;
  }
}
