import type { DatabaseSync } from 'node:sqlite';
import { isTenantName, TENANT_NAME_RULE } from '@otelier/otlp';
import type { TenantDirectory, TenantLimits, TenantSettings } from '../tenants.ts';
import { IdentityChangeError } from './errors.ts';

/** The tenants that administrators defined. Changes of other processes show at the next call. */
export class TenantTable implements TenantDirectory {
  readonly #database: DatabaseSync;
  readonly #listeners = new Set<(name: string) => void>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  get(name: string): TenantSettings | undefined {
    return this.#read('WHERE name = ?', name)[0];
  }

  list(): readonly TenantSettings[] {
    return this.#read('ORDER BY name');
  }

  onChange(listener: (name: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Adds a tenant. Throws an `IdentityChangeError` for an invalid name or one that is in use. */
  create(name: string, limits: TenantLimits, nowMillis: number): void {
    if (!isTenantName(name))
      throw new IdentityChangeError(`tenant: expected a name of ${TENANT_NAME_RULE}, got ${JSON.stringify(name)}`);
    if (this.get(name) !== undefined) throw new IdentityChangeError(`tenant: ${name} exists`);
    this.#database
      .prepare("INSERT INTO tenants VALUES (?, 'active', ?, ?)")
      .run(name, JSON.stringify(limits), nowMillis);
    this.#changed(name);
  }

  /** Suspends or resumes a tenant. Throws an `IdentityChangeError` if there is none of this name. */
  setState(name: string, state: TenantSettings['state']): void {
    const { changes } = this.#database.prepare('UPDATE tenants SET state = ? WHERE name = ?').run(state, name);
    if (changes === 0) throw new IdentityChangeError(`tenant: there is no ${JSON.stringify(name)}`);
    this.#changed(name);
  }

  #read(condition: string, ...parameters: readonly string[]): readonly TenantSettings[] {
    const rows = this.#database.prepare(`SELECT name, state, limits FROM tenants ${condition}`).all(...parameters);
    return rows.map(({ name, state, limits }) => ({
      name: String(name),
      state: state === 'suspended' ? 'suspended' : 'active',
      limits: JSON.parse(String(limits)) as TenantLimits,
    }));
  }

  #changed(name: string): void {
    for (const listener of this.#listeners) listener(name);
  }
}
