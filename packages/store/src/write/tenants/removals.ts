import { join } from 'node:path';
import { readCheckedJson, writeCheckedJson } from '../files/checked-json.ts';
import type { Report } from '../files/damaged.ts';

const NAME = 'removed-tenants.json';

/** Returns the tenants that a store in a directory has removed, or is removing, as far as its state can be read. */
export function removedTenants(directory: string): readonly string[] {
  return [...statesIn(readCheckedJson(join(directory, NAME))).keys()];
}

/** How far the removal of a tenant is. */
export type RemovalState = 'removing' | 'removed';

/** The tenants that are removed, in a state file of the store's directory, so that a removal survives a crash. */
export class TenantRemovals {
  readonly #path: string;
  readonly #states: Map<string, RemovalState>;

  /** Reads the file. Reports one that is damaged, which then counts as empty. */
  constructor(directory: string, report: Report) {
    this.#path = join(directory, NAME);
    const read = readCheckedJson(this.#path);
    if (read.kind === 'damaged' || (read.kind === 'whole' && !read.isChecked))
      report(`${this.#path}: damaged: tenants that were being removed may still have files; remove them again`);
    this.#states = statesIn(read);
  }

  /** Returns the state of a tenant; `undefined` if it is not removed. */
  of(tenant: string): RemovalState | undefined {
    return this.#states.get(tenant);
  }

  /** Returns the tenants whose removal has not ended. */
  get unfinished(): readonly string[] {
    return [...this.#states].flatMap(([tenant, state]) => (state === 'removing' ? [tenant] : []));
  }

  /** Sets the state of a tenant durably. */
  set(tenant: string, state: RemovalState | undefined): void {
    if (state === undefined) this.#states.delete(tenant);
    else this.#states.set(tenant, state);
    writeCheckedJson(this.#path, { tenants: Object.fromEntries(this.#states) });
  }
}

function statesIn(read: ReturnType<typeof readCheckedJson>): Map<string, RemovalState> {
  const tenants = read.kind === 'whole' && read.isChecked ? read.value['tenants'] : undefined;
  return new Map(Object.entries((tenants ?? {}) as Record<string, RemovalState>));
}
