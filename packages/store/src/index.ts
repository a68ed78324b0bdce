export * from './contract.ts';
export { openStore } from './open.ts';
export { openStoreReadOnly, openUnwritableStore, type ReadOnlyStore } from './open-read-only.ts';
export { type StoreFinding, type StoreVerification, verifyStore } from './verify.ts';
