import { TenantDatabase } from './database.ts';
import type { Statement, WorkerOptions } from './protocol.ts';

/** Maximum number of open databases. Each has its own cache of file footers. */
const OPEN_DATABASES = 8;
/**
 * Number of tail files that a database reads before it is replaced. Each new snapshot of the tail is a new file, and a
 * database retains the footers of all files it has read, about 60 kB each: 200 MB per hour for a page that shows live
 * data. With this number, they take 3 MB.
 */
const TAIL_FILES = 48;

interface OpenDatabase {
  readonly database: Promise<TenantDatabase>;
  readonly tailFiles: Set<string>;
}

/** The databases of the most recently queried tenants. */
export class Databases {
  readonly #options: WorkerOptions;
  readonly #open = new Map<string, OpenDatabase>();

  constructor(options: WorkerOptions) {
    this.#options = options;
  }

  /** Returns the database for a statement. */
  for({ tenant, text }: Statement): Promise<TenantDatabase> {
    let known = this.#open.get(tenant);
    this.#open.delete(tenant);
    if (known !== undefined && known.tailFiles.size >= TAIL_FILES) {
      closeIdle(known);
      known = undefined;
    }
    const open = known ?? { database: TenantDatabase.open(tenant, this.#options), tailFiles: new Set<string>() };
    for (const [path] of text.matchAll(TAIL_PATH)) open.tailFiles.add(path);
    this.#open.set(tenant, open);
    open.database.catch(() => this.#open.delete(tenant));
    const [oldest] = this.#open;
    if (this.#open.size > OPEN_DATABASES && oldest !== undefined) {
      this.#open.delete(oldest[0]);
      closeIdle(oldest[1]);
    }
    return open.database;
  }

  /** Closes all databases. */
  async close(): Promise<void> {
    for (const { database } of this.#open.values()) await database.then((open) => open.close()).catch(() => {});
  }
}

/** Matches the quoted path of a tail file. */
const TAIL_PATH = /'[^']*\/tail\/[^']+\.parquet'/g;

/** Closes a database. Open connections keep it alive until they are closed. */
function closeIdle({ database }: OpenDatabase): void {
  database.then((idle) => idle.close()).catch(() => {});
}
