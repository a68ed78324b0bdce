import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { DEFAULT_TENANT, isTenantName, TENANT_NAME_RULE } from '@otelier/otlp';
import type { Changes } from '../database/changes.ts';
import { inTransaction } from '../database/open-database.ts';
import type { TenantChange, TenantDirectory, TenantEditor, TenantLimits, TenantSettings } from '../tenants.ts';
import { IdentityChangeError } from './errors.ts';

/** Longest name that people read. */
const MAX_DISPLAY_NAME = 200;

/**
 * The tenants that administrators defined. Those that other processes and threads change show at the next call, and listeners
 * learn of them by `refresh`.
 */
export class TenantTable implements TenantDirectory {
  readonly edit: TenantEditor;
  readonly #database: DatabaseSync;
  readonly #listeners = new Set<(name: string) => void>();
  readonly #version: StatementSync;
  /** The tenants as of `#readVersion`. */
  #tenants: ReadonlyMap<string, TenantSettings>;
  #readVersion: unknown;

  constructor(database: DatabaseSync, changes: Changes) {
    this.edit = {
      create: (...settings) => changes.run(() => this.create(...settings)),
      change: (name, change) => changes.run(() => this.change(name, change)),
      remove: (name) => changes.run(() => this.remove(name)),
    };
    this.#database = database;
    // Changes with each change of another connection.
    this.#version = database.prepare('PRAGMA data_version');
    this.#readVersion = this.#versionNow();
    this.#tenants = this.#read();
  }

  get(name: string): TenantSettings | undefined {
    this.refresh();
    return this.#tenants.get(name);
  }

  list(): readonly TenantSettings[] {
    this.refresh();
    return [...this.#tenants.values()];
  }

  onChange(listener: (name: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Finds what other processes and threads have changed. Costs little if they have not. */
  refresh(): void {
    const version = this.#versionNow();
    if (version === this.#readVersion) return;
    this.#readVersion = version;
    this.reload();
  }

  /** Reads the tenants, and tells listeners which have changed. */
  reload(): void {
    const before = this.#tenants;
    this.#tenants = this.#read();
    for (const name of new Set([...before.keys(), ...this.#tenants.keys()])) {
      if (JSON.stringify(before.get(name)) === JSON.stringify(this.#tenants.get(name))) continue;
      for (const listener of this.#listeners) listener(name);
    }
  }

  /** Adds a tenant, within a change. */
  create(name: string, limits: TenantLimits, nowMillis: number, displayName: string = name): void {
    if (!isTenantName(name))
      throw new IdentityChangeError(`tenant: expected a name of ${TENANT_NAME_RULE}, got ${JSON.stringify(name)}`);
    if (this.get(name) !== undefined) throw new IdentityChangeError(`tenant: ${name} exists`);
    checkDisplayName(displayName);
    const { changes } = this.#database
      .prepare(
        "INSERT INTO tenants (name, state, limits, created_millis, display_name) VALUES (?, 'active', ?, ?, ?) ON CONFLICT DO NOTHING",
      )
      .run(name, JSON.stringify(limits), nowMillis, displayName);
    this.reload();
    if (changes === 0) throw new IdentityChangeError(`tenant: ${name} exists`);
  }

  /** Changes a tenant, within a change. */
  change(name: string, { displayName, state, limits = {} }: TenantChange): void {
    if (displayName !== undefined) checkDisplayName(displayName);
    if (name === DEFAULT_TENANT && state === 'suspended')
      throw new IdentityChangeError(`tenant: expected one other than ${DEFAULT_TENANT}, which is always active`);
    inTransaction(this.#database, () => {
      const found = this.#read().get(name);
      if (found === undefined) throw new IdentityChangeError(`tenant: there is no ${JSON.stringify(name)}`);
      const merged = Object.entries({ ...found.limits, ...limits }).filter(([, limit]) => typeof limit === 'number');
      this.#database
        .prepare('UPDATE tenants SET display_name = ?, state = ?, limits = ? WHERE name = ?')
        .run(
          displayName ?? found.displayName ?? name,
          state ?? found.state,
          JSON.stringify(Object.fromEntries(merged)),
          name,
        );
    });
    this.reload();
  }

  /** Suspends or resumes a tenant. Throws an `IdentityChangeError` if there is none of this name. */
  setState(name: string, state: TenantSettings['state']): void {
    this.change(name, { state });
  }

  /** Removes a tenant, within a change. */
  remove(name: string): { readonly keys: number; readonly grants: number } {
    const removed = inTransaction(this.#database, () => {
      const from = (table: string, column: string): number =>
        Number(this.#database.prepare(`DELETE FROM ${table} WHERE ${column} = ?`).run(name).changes);
      from('tenants', 'name');
      return { keys: from('keys', 'tenant'), grants: from('grants', 'tenant') };
    });
    this.reload();
    return removed;
  }

  #versionNow(): unknown {
    return this.#version.get()?.['data_version'];
  }

  #read(): ReadonlyMap<string, TenantSettings> {
    const rows = this.#database
      .prepare('SELECT name, display_name, state, limits, created_millis FROM tenants ORDER BY name')
      .all();
    return new Map(
      rows.map((row) => [
        String(row['name']),
        {
          name: String(row['name']),
          displayName: String(row['display_name'] || row['name']),
          state: row['state'] === 'suspended' ? 'suspended' : 'active',
          limits: JSON.parse(String(row['limits'])) as TenantLimits,
          createdMillis: Number(row['created_millis']),
        },
      ]),
    );
  }
}

function checkDisplayName(text: string): void {
  // Line breaks and escapes would change what terminals and logs show.
  if (text.length > 0 && text.length <= MAX_DISPLAY_NAME && !/\p{Cc}/u.test(text)) return;
  throw new IdentityChangeError(
    `displayName: expected 1 to ${MAX_DISPLAY_NAME} characters without control characters, got ${JSON.stringify(text.slice(0, 80))}`,
  );
}
