import type { ClickHouseClient, StatementResult } from './client.ts';
import { describeStatement, insertStatement, type SchemaOptions, schemaStatements } from './statements.ts';
import type { TableName } from './tables.ts';

/** Options for `Schema`. */
export interface SchemaUse {
  readonly schema: SchemaOptions;
  readonly createsSchema: boolean;
  readonly tables: readonly TableName[];
  /** What a store adds to the tables. */
  readonly additions?: SchemaAdditions;
  warn(message: string, reason: string): void;
}

/** Columns that are added to the tables of the Collector. */
export interface SchemaAdditions {
  /** Returns the columns that an insert has in addition. */
  columnsOf(table: TableName): readonly string[];
  /** Changes the tables after they were created, or checks that they have the columns. */
  apply(client: ClickHouseClient, abort: AbortSignal, createsSchema: boolean): Promise<StatementResult>;
}

/** The column that tables of earlier versions of the Collector do not have. */
const EVENT_NAME = 'EventName';
/** The first version with full-text indexes. */
const TEXT_INDEX_VERSION = [26, 2] as const;

/** Creates tables before the first insert, and finds out what they have. */
export class Schema {
  readonly #client: ClickHouseClient;
  readonly #options: SchemaUse;
  #missing: ReadonlySet<string> = new Set();
  #prepared: Promise<StatementResult> | undefined;

  constructor(client: ClickHouseClient, options: SchemaUse) {
    this.#client = client;
    this.#options = options;
  }

  /** Prepares the tables once. A failure is forgotten, so that the next call tries again. */
  prepare(abort: AbortSignal): Promise<StatementResult> {
    this.#prepared ??= this.#prepare(abort).then((result) => {
      if (result.kind === 'failed') this.forget();
      return result;
    });
    return this.#prepared;
  }

  /** Makes the next call of `prepare` create tables again. */
  forget(): void {
    this.#prepared = undefined;
  }

  /** Returns the statement that inserts rows of JSON into a table. */
  insertStatement(table: TableName): string {
    const { schema, additions } = this.#options;
    return insertStatement(table, schema, table === 'logs' ? this.#missing : NO_COLUMNS, additions?.columnsOf(table));
  }

  async #prepare(abort: AbortSignal): Promise<StatementResult> {
    const { createsSchema, tables, additions } = this.#options;
    const created = createsSchema ? await this.#create(abort) : DONE;
    if (created.kind === 'failed') return { ...created, reason: `cannot create tables: ${created.reason}` };
    const added = await additions?.apply(this.#client, abort, createsSchema);
    if (added?.kind === 'failed') return added;
    return tables.includes('logs') ? this.#describeLogs(abort) : DONE;
  }

  async #create(abort: AbortSignal): Promise<StatementResult> {
    const { schema, tables, warn } = this.#options;
    const version = await this.#client.run({ text: 'SELECT version()' }, abort);
    if (version.kind === 'failed' && version.isTemporary) return version;
    if (version.kind === 'failed') warn('created tables without full-text indexes', version.reason);
    const hasTextIndex = version.kind === 'done' && isTextIndexVersion(version.body);
    for (const text of schemaStatements(tables, schema, hasTextIndex)) {
      const result = await this.#client.run({ text }, abort);
      if (result.kind === 'failed') return result;
    }
    return DONE;
  }

  async #describeLogs(abort: AbortSignal): Promise<StatementResult> {
    const result = await this.#client.run({ text: describeStatement('logs', this.#options.schema) }, abort);
    if (result.kind === 'failed' && result.isTemporary) return result;
    if (result.kind === 'failed') this.#options.warn('log records are inserted without EventName', result.reason);
    const hasName = result.kind === 'done' && columnsOf(result.body).includes(EVENT_NAME);
    this.#missing = hasName ? NO_COLUMNS : new Set([EVENT_NAME]);
    return DONE;
  }
}

const DONE: StatementResult = { kind: 'done', body: '' };
const NO_COLUMNS: ReadonlySet<string> = new Set();

function isTextIndexVersion(text: string): boolean {
  const [major = 0, minor = 0] = text.trim().split('.').map(Number);
  return major > TEXT_INDEX_VERSION[0] || (major === TEXT_INDEX_VERSION[0] && minor >= TEXT_INDEX_VERSION[1]);
}

/** Returns the names of columns in the lines of JSON that describe them. */
function columnsOf(body: string): readonly string[] {
  return body.split('\n').flatMap((line) => {
    try {
      const { name } = JSON.parse(line) as { readonly name?: unknown };
      return typeof name === 'string' ? [name] : [];
    } catch {
      return [];
    }
  });
}
