import { join } from 'node:path';
import { errorMessage } from '../../error-message.ts';
import type { RemovedTenant } from '../../tenants/contract.ts';
import { readCheckedJson, writeCheckedJson } from '../files/checked-json.ts';
import type { Report } from '../files/damaged.ts';

const NAME = 'removed-tenants.json';

/** Returns the tenants that a store in a directory has removed, or is removing, as far as its state can be read. */
export function removedTenants(directory: string): readonly string[] {
  return [...statesIn(readCheckedJson(join(directory, NAME))).keys()];
}

/** How far the removal of a tenant is. */
type RemovalState = 'removing' | 'removed';

/**
 * The removals of a store's tenants, one after the other. Their states are in a file of the store's directory, so that a
 * removal survives a crash.
 */
export class TenantRemovals {
  readonly #path: string;
  readonly #states: Map<string, RemovalState>;
  readonly #report: Report;
  readonly #remove: (tenant: string) => Promise<RemovedTenant>;
  #removing: Promise<unknown> = Promise.resolve();

  /**
   * Reads the file. Reports one that is damaged, which then counts as empty. `remove` removes what a store has of a tenant
   * whose telemetry is already refused.
   */
  constructor(directory: string, report: Report, remove: (tenant: string) => Promise<RemovedTenant>) {
    this.#path = join(directory, NAME);
    this.#report = report;
    this.#remove = remove;
    const read = readCheckedJson(this.#path);
    if (read.kind === 'damaged' || (read.kind === 'whole' && !read.isChecked))
      report(`${this.#path}: damaged: tenants that were being removed may still have files; remove them again`);
    this.#states = statesIn(read);
  }

  /** Returns why telemetry of a tenant is refused; `undefined` if it is accepted. */
  rejectionOf(tenant: string): string | undefined {
    return this.#states.has(tenant) ? `tenant ${tenant} was removed` : undefined;
  }

  /** Removes a tenant after the removals before it. */
  remove(tenant: string): Promise<RemovedTenant> {
    const removed = this.#removing.then(async () => {
      this.#set(tenant, 'removing');
      const result = await this.#remove(tenant);
      this.#set(tenant, 'removed');
      return result;
    });
    this.#removing = removed.catch(() => undefined);
    return removed;
  }

  /** Accepts telemetry of a removed tenant again. Rejects if its removal has failed. */
  async admit(tenant: string): Promise<void> {
    await this.#removing;
    if (this.#states.get(tenant) === 'removing') throw new Error(`tenant ${tenant} could not be removed: try again`);
    if (this.#states.has(tenant)) this.#set(tenant, undefined);
  }

  /** Continues the removals that the last process began. */
  continueAll(): void {
    for (const [tenant, state] of this.#states) {
      if (state !== 'removing') continue;
      this.remove(tenant).catch((error) => {
        const reason = errorMessage(error);
        this.#report(`tenant ${tenant} could not be removed: ${reason}; it is tried again at the next start`);
      });
    }
  }

  /** Sets the state of a tenant durably. */
  #set(tenant: string, state: RemovalState | undefined): void {
    if (state === undefined) this.#states.delete(tenant);
    else this.#states.set(tenant, state);
    writeCheckedJson(this.#path, { tenants: Object.fromEntries(this.#states) });
  }
}

function statesIn(read: ReturnType<typeof readCheckedJson>): Map<string, RemovalState> {
  const tenants = read.kind === 'whole' && read.isChecked ? read.value['tenants'] : undefined;
  return new Map(Object.entries((tenants ?? {}) as Record<string, RemovalState>));
}
