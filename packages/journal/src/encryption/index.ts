/** Encryption of files and records at rest, with data keys of tenants and key management services. */
export { queueCipher, queueDecryptor, stateCipher } from './ciphers.ts';
export {
  type DataKey,
  EncryptionError,
  KEY_BYTES,
  type KeyProvider,
  MissingKeyError,
  type WrappedKey,
} from './contract.ts';
export { DataKeys } from './data-keys.ts';
export {
  BLOCK_BYTES,
  encryptFile,
  FILE_HEADER_BYTES,
  FileDecryptor,
  isEncryptedFile,
  STORED_BLOCK_BYTES,
} from './encrypted-file.ts';
export { isEncryptedRecord, RECORD_OVERHEAD_BYTES, RecordDecryptor, RecordEncryptor } from './encrypted-records.ts';
export { KeyRing, type KeyRingOptions, ROTATION_REQUEST, type Rotation } from './key-ring.ts';
export { type ProcessProtection, processProtection, protectProcess } from './protect-process.ts';
export { commandProvider } from './providers/command.ts';
export { environmentProvider, fileProvider } from './providers/key-file.ts';
export { createKeyLine } from './providers/key-list.ts';
export { type VaultOptions, vaultProvider } from './providers/vault.ts';
