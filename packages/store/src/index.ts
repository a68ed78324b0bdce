export { type BackupOptions, backupStore } from './backup/backup.ts';
export { BackupError, type BackupProgress, type BackupResult, type RestoreResult } from './backup/contract.ts';
export { type RestoreOptions, restoreStore } from './backup/restore.ts';
export * from './contract.ts';
export { headOf, type ImportedFile, ImportState, ImportStateError, type PendingBatch } from './import/state.ts';
export { openStore } from './open.ts';
export { openStoreReadOnly, openUnwritableStore, type ReadOnlyStore } from './open-read-only.ts';
export type { StoreFinding, StoreVerification } from './verification.ts';
export { verifyStore } from './verify.ts';
