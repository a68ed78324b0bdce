import { TenantDatabase } from './database.ts';
import type { Statement, StatementLimits, WorkerOptions } from './protocol.ts';

/** Maximum number of open databases. Each has its own cache of file footers. */
const OPEN_DATABASES = 8;
/**
 * Number of tail files that a database reads before it is replaced. Each new snapshot of the tail is a new file, and a
 * database retains the footers of all files it has read, about 60 kB each: 200 MB per hour for a page that shows live
 * data. With this number, they take 3 MB.
 */
const TAIL_FILES = 48;

/** Less than this, and the engine cannot read the footers of files. */
const MIN_MEMORY_BYTES = 16 << 20;

interface OpenDatabase {
  readonly database: Promise<TenantDatabase>;
  readonly memoryLimitBytes: number;
  readonly tailFiles: Set<string>;
}

/** The databases of the most recently queried tenants. */
export class Databases {
  readonly #options: WorkerOptions;
  readonly #open = new Map<string, OpenDatabase>();

  constructor(options: WorkerOptions) {
    this.#options = options;
  }

  /** Returns the database for a statement. It has the memory of its tenant's last statement. */
  for({ tenant, text, limits }: Statement): Promise<TenantDatabase> {
    const memoryLimitBytes = this.#memoryOf(limits);
    let known = this.#open.get(tenant);
    this.#open.delete(tenant);
    if (known !== undefined && (known.tailFiles.size >= TAIL_FILES || known.memoryLimitBytes !== memoryLimitBytes)) {
      closeIdle(known);
      known = undefined;
    }
    const open = known ?? this.#opened(tenant, memoryLimitBytes);
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

  #opened(tenant: string, memoryLimitBytes: number): OpenDatabase {
    const database = TenantDatabase.open(tenant, { ...this.#options, memoryLimitBytes });
    return { database, memoryLimitBytes, tailFiles: new Set() };
  }

  #memoryOf({ memoryBytes = Number.POSITIVE_INFINITY }: StatementLimits): number {
    return Math.min(this.#options.memoryLimitBytes, Math.max(memoryBytes, MIN_MEMORY_BYTES));
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
