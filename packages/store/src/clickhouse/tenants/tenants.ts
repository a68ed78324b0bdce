import { rememberBackup } from '../../backup/known-backups.ts';
import type { RemovedFile, RemovedTenant, TenantsCapability } from '../../tenants/contract.ts';
import { TenantRemovals } from '../../write/tenants/removals.ts';
import { ITEM_TABLES, TENANT } from '../schema/layout.ts';
import { asNumber, type ClickHouseContext, ofTenant, select, tableOf } from '../shared/context.ts';
import { quoteName, quoteText } from '../shared/quote.ts';

/** What `ClickHouseTenants` depends on. */
export interface ClickHouseTenantsOptions {
  readonly context: ClickHouseContext;
  /** Directory of the states of removals and of their statements. */
  readonly directory: string;
  /** ` ON CLUSTER name`, or nothing. */
  readonly onCluster: string;
  /** Resolves when all earlier inserts have an outcome. */
  readonly settled: () => Promise<void>;
  /** Returns the time in milliseconds since the Unix epoch. */
  readonly now: () => number;
  /** Called with the reason for which a removal could not be continued. */
  readonly report: (message: string) => void;
}

/** Waits for all replicas; the statement reads other tables. */
const REMOVAL_SETTINGS = { mutations_sync: '2', allow_nondeterministic_mutations: '1' };

/** Removes the tenants of a store in ClickHouse. Which ones is in a local directory, so that a removal survives a crash. */
export class ClickHouseTenants implements TenantsCapability {
  readonly directory: string;
  readonly #options: ClickHouseTenantsOptions;
  readonly #removals: TenantRemovals;

  constructor(options: ClickHouseTenantsOptions) {
    this.#options = options;
    this.directory = options.directory;
    this.#removals = new TenantRemovals(options.directory, options.report, (tenant) => this.#remove(tenant));
  }

  /** Returns why telemetry of a tenant is refused; `undefined` if it is accepted. */
  rejectionOf(tenant: string): string | undefined {
    return this.#removals.rejectionOf(tenant);
  }

  /** Rows of a server expire by its `ttl`, not by the size of a tenant. */
  async limit(): Promise<void> {}

  remove(tenant: string): Promise<RemovedTenant> {
    return this.#removals.remove(tenant);
  }

  admit(tenant: string): Promise<void> {
    return this.#removals.admit(tenant);
  }

  /** Continues the removals that the last process began. */
  continueRemovals(): void {
    this.#removals.continueAll();
  }

  /** Remembers a backup, which statements of removals name. */
  backedUp(directory: string): void {
    rememberBackup(this.directory, { directory, atMillis: this.#options.now() });
  }

  async #remove(tenant: string): Promise<RemovedTenant> {
    await this.#options.settled();
    await this.#options.context.prepare();
    const before = await this.#rowsOf(tenant);
    // The times of traces have no tenant: those of traces that only this tenant has are found while its spans exist.
    await this.#run(
      `ALTER TABLE ${this.#traceTimes}${this.#options.onCluster} DELETE WHERE ${this.#onlyTracesOf(tenant)}`,
    );
    for (const { name } of before)
      await this.#run(`ALTER TABLE ${name}${this.#options.onCluster} DELETE WHERE ${ofTenant(tenant)}`);
    const left = await this.#rowsOf(tenant);
    if (left.length > 0) {
      const tables = left.map(({ name, rows }) => `${rows} rows in ${name}`).join(', ');
      throw new Error(`tenant ${tenant} still has ${tables}`);
    }
    return { tenant, files: before, journals: [] };
  }

  get #traceTimes(): string {
    const { database, tables } = this.#options.context.names;
    return `${quoteName(database)}.${quoteName(`${tables.traces}_trace_id_ts`)}`;
  }

  #onlyTracesOf(tenant: string): string {
    const table = tableOf(this.#options.context, 'traces');
    const traces = (operator: string) =>
      `(SELECT TraceId FROM ${table} WHERE ${TENANT} ${operator} ${quoteText(tenant)})`;
    return `TraceId IN ${traces('=')} AND TraceId NOT IN ${traces('!=')}`;
  }

  /** Returns the tables that have rows of a tenant. */
  async #rowsOf(tenant: string): Promise<readonly RemovedFile[]> {
    const { context } = this.#options;
    const counts = ITEM_TABLES.map((table) => {
      const name = tableOf(context, table);
      return `SELECT ${quoteText(name)} AS name, count() AS rows FROM ${name} WHERE ${ofTenant(tenant)}`;
    });
    const rows = await select(context, counts.join(' UNION ALL '));
    return rows
      .map((row) => ({ name: String(row['name']), bytes: 0, rows: asNumber(row['rows']) }))
      .filter((file) => file.rows > 0)
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  async #run(text: string): Promise<void> {
    const { connection, closing } = this.#options.context;
    for await (const _ of connection.read({ text, settings: REMOVAL_SETTINGS }, closing));
  }
}
