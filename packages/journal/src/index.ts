/** Append-only journals of byte records on disk. */
export * from './contract.ts';
export { JournalCorruptError, JournalFullError } from './errors.ts';
export { type OpenedJournal, openJournal } from './journal.ts';
export { openJournalReader } from './reader.ts';
