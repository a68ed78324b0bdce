export { type ImportedRows, importIdentityDatabase } from './import-database.ts';
export {
  openIdentityCopy,
  openSharedIdentity,
  type SharedIdentityOptions,
} from './open-shared-identity.ts';
export type { PostgresOptions } from './options.ts';
