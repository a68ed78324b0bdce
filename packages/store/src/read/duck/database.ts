import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { LINKED_STORE, tenantDirectory } from '../../schema.ts';
import { quoteText } from '../shared/quote.ts';
import type { WorkerOptions } from './protocol.ts';

/**
 * An in-memory DuckDB database that can read one tenant's files. Its settings sandbox user SQL: access only to this
 * tenant's files, no extensions, no temporary files, and locked settings.
 */
export class TenantDatabase {
  readonly #instance: DuckDBInstance;
  readonly #idle: DuckDBConnection[] = [];
  #isClosed = false;

  /** `allowedFiles` are further files that it can read. */
  static async open(tenant: string, options: WorkerOptions, allowedFiles?: readonly string[]): Promise<TenantDatabase> {
    const instance = await DuckDBInstance.create(':memory:', {
      threads: String(options.threads),
      memory_limit: `${options.memoryLimitBytes}B`,
    });
    const connection = await instance.connect();
    const directory = tenantDirectory(tenant);
    const directories = ['data', 'tail'].map((part) => join(options.directory, part, directory));
    // DuckDB checks a symbolic link's target against the allowed directories.
    const linked = join(options.directory, LINKED_STORE, 'data', directory);
    if (existsSync(linked)) directories.push(realpathSync(linked));
    // Files that are decrypted in memory are opened through the descriptors of the process.
    if (options.keys !== undefined) directories.push(`/proc/${process.pid}/fd`);
    const settings: readonly (readonly [string, string])[] = [
      ['autoinstall_known_extensions', 'false'],
      ['autoload_known_extensions', 'false'],
      ['temp_directory', "''"],
      ['TimeZone', "'UTC'"],
      // Stored files never change, so their footers can be cached.
      ['parquet_metadata_cache', 'true'],
      ['enable_external_file_cache', 'false'],
      ['allowed_directories', `[${directories.map(quoteText).join(', ')}]`],
      ...(allowedFiles === undefined
        ? []
        : [['allowed_paths', `[${allowedFiles.map(quoteText).join(', ')}]`] as const]),
      ['enable_external_access', 'false'],
      ['lock_configuration', 'true'],
    ];
    for (const [name, value] of settings) await connection.run(`SET ${name} = ${value}`);
    const database = new TenantDatabase(instance);
    database.#idle.push(connection);
    return database;
  }

  private constructor(instance: DuckDBInstance) {
    this.#instance = instance;
  }

  /** Returns a connection for an internal statement. Pass it to `release` afterwards. */
  async acquire(): Promise<DuckDBConnection> {
    return this.#idle.pop() ?? (await this.#instance.connect());
  }

  release(connection: DuckDBConnection): void {
    // An open connection would keep a closed instance alive.
    if (this.#isClosed) connection.closeSync();
    else this.#idle.push(connection);
  }

  /** Opens a connection for a user's statement, which may leave state behind. Close it afterwards. */
  connect(): Promise<DuckDBConnection> {
    return this.#instance.connect();
  }

  /** Closes the database instance once no connection is in use. */
  close(): void {
    this.#isClosed = true;
    for (const connection of this.#idle.splice(0)) connection.closeSync();
    this.#instance.closeSync();
  }
}
