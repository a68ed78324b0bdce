import { type DuckDBConnection, type DuckDBResult, StatementType } from '@duckdb/node-api';
import { TenantDatabase } from '../../duck/database.ts';
import { StatementFailure } from '../../duck/failures.ts';
import { examineSql } from '../user-sql.ts';
import { type EncodedResult, readAsJson } from './json-result.ts';
import type { ChildOptions, ExaminedStatement, ResultLimits } from './protocol.ts';

/** The start of a statement whose plan is returned instead of its rows. */
const EXPLAIN = /^\s*explain\s+(?!analyze\b)/i;

/** Runs a child's statements sequentially. The last tenant's database stays open. */
export class StatementRunner {
  readonly #options: ChildOptions;
  #tenant: string | undefined;
  #database: TenantDatabase | undefined;
  /** The files that the database can read besides those of the tenant. */
  #allowed: ReadonlySet<string> = new Set();
  #current:
    | {
        readonly statement: string;
        readonly isExplain: boolean;
        readonly faster: string | undefined;
        readonly beganMillis: number;
      }
    | undefined;

  constructor(options: ChildOptions) {
    this.#options = options;
  }

  /** Parses a statement and checks that users may run it. */
  async examine(tenant: string, statement: string): Promise<ExaminedStatement> {
    const beganMillis = performance.now();
    const select = statement.replace(EXPLAIN, '');
    const isExplain = select !== statement;
    const connection = await (await this.#open(tenant)).connect();
    try {
      const parsed = await scalar(connection, 'SELECT json_serialize_sql($1::VARCHAR)::VARCHAR', select);
      const { relations, derived, keys, faster: changed } = examineSql(parsed, select);
      // Statements that DuckDB cannot deparse run as the user wrote them.
      const faster = changed === undefined ? undefined : await print(connection, changed);
      this.#current = { statement: select, isExplain, faster, beganMillis };
      return { relations, derived, keys: faster === undefined ? [] : keys };
    } finally {
      connection.closeSync();
    }
  }

  /**
   * Runs the examined statement over `views` (`CREATE TEMP VIEW`), which may read `files` besides those of the tenant.
   * Returns the encoded result in pieces.
   */
  async run(views: readonly string[], limits: ResultLimits, files: readonly string[] = []): Promise<EncodedResult> {
    const current = this.#current;
    await this.#allow(files);
    if (current === undefined || this.#database === undefined) throw new Error('expected an examined statement');
    const connection = await this.#database.connect();
    try {
      for (const view of views) await connection.run(view);
      const original = await prepareReading(connection, current.statement);
      const names = Array.from({ length: original.columnCount }, (_, index) => original.columnName(index));
      const faster = current.faster === undefined ? undefined : await tryPrepare(connection, current.faster);
      const elapsed = (): number => performance.now() - current.beganMillis;
      const isFaster = faster !== undefined && faster.columnCount === names.length;
      if (current.isExplain) {
        const plan = await connection.stream(`EXPLAIN ${isFaster ? current.faster : current.statement}`);
        return await encode(plan, ['operators', 'plan'], limits, elapsed);
      }
      const chosen = isFaster ? faster : original;
      return await encode(await chosen.stream(), names, limits, elapsed);
    } finally {
      connection.closeSync();
    }
  }

  /** Opens another database if the open one cannot read some files: the settings of a database are locked. */
  async #allow(files: readonly string[]): Promise<void> {
    if (this.#tenant === undefined || files.every((file) => this.#allowed.has(file))) return;
    const tenant = this.#tenant;
    this.#close();
    await this.#open(tenant, files);
  }

  #close(): void {
    this.#database?.close();
    this.#database = undefined;
    this.#allowed = new Set();
  }

  async #open(tenant: string, files: readonly string[] = []): Promise<TenantDatabase> {
    if (this.#database !== undefined && this.#tenant === tenant) return this.#database;
    this.#close();
    const { directory, threads, memoryLimitBytes } = this.#options;
    // Half of the limit: DuckDB does not account for all the memory it allocates, and results are converted in the same
    // process.
    const database = await TenantDatabase.open(
      tenant,
      { directory, threads, memoryLimitBytes: Math.floor(memoryLimitBytes / 2) },
      files,
    );
    this.#allowed = new Set(files);
    this.#database = database;
    this.#tenant = tenant;
    return database;
  }
}

/** Encodes a result. The modules of formats are loaded when they are used. */
async function encode(
  result: DuckDBResult,
  names: readonly string[],
  limits: ResultLimits,
  elapsed: () => number,
): Promise<EncodedResult> {
  const { encoding } = limits;
  if (encoding === undefined) return readAsJson(result, names, limits, elapsed);
  const { encodeResult } = await import('../formats/encode.ts');
  return encodeResult(result, names, { ...limits, ...encoding });
}

/** Prepares a user's SQL, which must be a single statement that DuckDB itself classifies as read-only. */
async function prepareReading(connection: DuckDBConnection, text: string) {
  const statements = await connection.extractStatements(text);
  if (statements.count !== 1) {
    throw new StatementFailure('user', `SQL: expected one statement, got ${statements.count}`);
  }
  const prepared = await statements.prepare(0);
  if (prepared.statementType !== StatementType.SELECT) {
    const kind = StatementType[prepared.statementType];
    throw new StatementFailure('user', `SQL: expected a read-only statement (SELECT), got ${kind}`);
  }
  if (prepared.parameterCount > 0) {
    throw new StatementFailure('user', 'SQL: expected a statement without parameters ($1, ?)');
  }
  return prepared;
}

async function tryPrepare(connection: DuckDBConnection, text: string) {
  try {
    return await connection.prepare(text);
  } catch {
    return undefined;
  }
}

async function print(connection: DuckDBConnection, parsed: string): Promise<string | undefined> {
  try {
    return await scalar(connection, 'SELECT json_deserialize_sql($1::JSON)', parsed);
  } catch {
    return undefined;
  }
}

async function scalar(connection: DuckDBConnection, text: string, argument: string): Promise<string> {
  const reader = await connection.runAndReadAll(text, [argument]);
  return String(reader.getRows()[0]?.[0]);
}
