import { randomUUID } from 'node:crypto';
import { IdentityUnavailableError } from '../accounts/errors.ts';
import type { Changes } from '../database/changes.ts';
import type { PostgresConnection, Query } from './connection.ts';
import type { CopyPosition, LocalCopy } from './local-copy.ts';
import { parsePatchset } from './patchset.ts';
import { prepareTables, readPosition, readTables } from './prepare.ts';
import { CHANNEL, SCHEMA } from './schema.ts';
import { statementsOf } from './write-rows.ts';

/** Changes that wait for their turn. Those beyond it are refused. */
const MAX_WAITING = 200;
/** Changes that the database keeps for gateways that were away. Others copy everything. */
const KEPT_CHANGES = 1000;
/** How often the version is compared, if no notification comes. */
const CHECK_MILLIS = 5000;

interface SharedChangesOptions {
  readonly connection: PostgresConnection;
  readonly copy: LocalCopy;
  /** Returns the time in milliseconds since the Unix epoch. */
  readonly now: () => number;
  /** Called when the copy has changed. */
  readonly onChange: () => void;
}

/**
 * Makes changes of a PostgreSQL database that several gateways share. A change takes the lock on the version of the database, brings the copy
 * up to date, is tried on the copy, and its rows are written to PostgreSQL. Once that is durable, the copy gets it as well. So each change
 * sees all others that were made before, by whichever gateway.
 */
export class SharedChanges implements Changes {
  readonly #options: SharedChangesOptions;
  #last: Promise<unknown> = Promise.resolve();
  #waitingCount = 0;
  #actions: (() => void)[] | undefined;
  #checkedMillis = Number.NEGATIVE_INFINITY;
  #isPrepared = false;

  constructor(options: SharedChangesOptions) {
    this.#options = options;
  }

  async run<T>(change: () => T): Promise<T> {
    this.#options.connection.requireReachable();
    if (this.#waitingCount >= MAX_WAITING)
      throw new IdentityUnavailableError('too many changes wait for the identity database; try again in a moment');
    return this.#inTurn(() => this.#change(change));
  }

  whenDurable(action: () => void): void {
    if (this.#actions === undefined) action();
    else this.#actions.push(action);
  }

  /** Brings the copy up to date, unless it was compared a moment ago. Rejects if the database cannot be reached. */
  async follow(): Promise<void> {
    if (this.#options.connection.isOpen && this.#options.now() - this.#checkedMillis < CHECK_MILLIS) return;
    await this.catchUp();
  }

  /** Brings the copy up to date. Rejects if the database cannot be reached. */
  catchUp(): Promise<void> {
    return this.#inTurn(() =>
      this.#use(async (query) => {
        // Everything is read as of one moment.
        await query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
        await this.#catchUp(query, await readPosition(query));
        await query('COMMIT');
      }),
    );
  }

  /** Resolves when the changes under way are over. */
  async idle(): Promise<void> {
    await this.#last;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    this.#waitingCount += 1;
    const result = this.#last.then(work);
    this.#last = result
      .catch(() => undefined)
      .finally(() => {
        this.#waitingCount -= 1;
      });
    return result;
  }

  #use<T>(run: (query: Query) => Promise<T>): Promise<T> {
    return this.#options.connection.use(async (query) => {
      if (!this.#isPrepared) await prepareTables(query);
      this.#isPrepared = true;
      return run(query);
    });
  }

  async #change<T>(change: () => T): Promise<T> {
    const { copy, now } = this.#options;
    const actions: (() => void)[] = [];
    const made = await this.#use(async (query) => {
      await query('BEGIN');
      await query("SET LOCAL lock_timeout = '5s'");
      const before = await readPosition(query, 'FOR UPDATE');
      await this.#catchUp(query, before);
      this.#actions = actions;
      const attempt = copy.attempt(change);
      this.#actions = undefined;
      if (attempt.kind === 'failed' || attempt.patchset.length === 0) {
        await query('ROLLBACK');
        return attempt;
      }
      const after = { ...before, version: before.version + 1, head: randomUUID() };
      await this.#write(query, attempt.patchset, after);
      await query('COMMIT');
      if (!copy.apply(attempt.patchset, after, now()))
        // What is missing is copied when the database is used next.
        this.#checkedMillis = Number.NEGATIVE_INFINITY;
      return attempt;
    });
    this.#options.onChange();
    if (made.kind === 'failed') throw made.error;
    for (const action of actions) action();
    return made.result;
  }

  async #write(query: Query, patchset: Uint8Array, { version, head }: CopyPosition): Promise<void> {
    const columns = new Map<string, readonly string[]>();
    const columnsOf = (table: string): readonly string[] => {
      const known = columns.get(table) ?? this.#options.copy.columnsOf(table);
      columns.set(table, known);
      return known;
    };
    for (const { text, values } of statementsOf(parsePatchset(patchset), columnsOf)) await query(text, values);
    await query(`INSERT INTO ${SCHEMA}.changes VALUES ($1, $2, $3)`, [version, head, patchset]);
    await query(`DELETE FROM ${SCHEMA}.changes WHERE version <= $1`, [version - KEPT_CHANGES]);
    await query(`UPDATE ${SCHEMA}.state SET version = $1, head = $2`, [version, head]);
    await query(`NOTIFY ${CHANNEL}`);
  }

  /** Applies what the copy lacks, within a transaction in which the database has a position. */
  async #catchUp(query: Query, position: CopyPosition): Promise<void> {
    const { copy, now } = this.#options;
    copy.refresh();
    const at = copy.position;
    if (at?.source !== position.source || at.version !== position.version || at.head !== position.head) {
      const isDone = at?.source === position.source && (await this.#applyMissing(query, at, position));
      if (!isDone) copy.replaceAll(await readTables(query), position, now());
      this.#options.onChange();
    }
    this.#checkedMillis = now();
    copy.confirm(now());
  }

  /** Applies the changes that follow those of the copy. Returns `false` if they are not known, or the copy is of another past. */
  async #applyMissing(query: Query, at: CopyPosition, { source, version }: CopyPosition): Promise<boolean> {
    const rows = await query(
      `SELECT version, head, patchset FROM ${SCHEMA}.changes WHERE version >= $1 ORDER BY version`,
      [at.version],
    );
    const [same, ...missing] = rows;
    if (same?.['head'] !== at.head || missing.length !== version - at.version) return false;
    return missing.every((row) =>
      this.#options.copy.apply(
        row['patchset'] as Uint8Array,
        { source, version: Number(row['version']), head: String(row['head']) },
        this.#options.now(),
      ),
    );
  }
}
