/** Append-only journals of byte records on disk. */
export * from './contract.ts';
export { checkUnlocked, type LockOptions, lockDirectory } from './directory-lock.ts';
export {
  DirectoryLockedError,
  JournalCorruptError,
  JournalFullError,
  JournalRemovedError,
} from './errors.ts';
export { type OpenedJournal, openJournal } from './journal.ts';
export * from './queue/contract.ts';
export { openJournalQueue } from './queue/queue.ts';
export { listQueueFiles, type QueueEntry, type QueueFile, readJournalQueue } from './queue/read-queue.ts';
export { openJournalReader } from './reader.ts';
export { setAside } from './set-aside.ts';
export { openStateFile, type StateCipher, type StateFile } from './state-file.ts';
export { type JournalDamage, type JournalReport, verifyJournal } from './verify.ts';
