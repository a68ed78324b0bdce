import type { DatabaseSync } from 'node:sqlite';
import { inTransaction } from './open-database.ts';

/** Makes changes of the identity database durable. */
export interface Changes {
  /**
   * Runs a change as one transaction and resolves to its result once it is durable. Rejects with what `change` throws, which then has
   * changed nothing, and with an `IdentityUnavailableError` if the database cannot be changed now.
   */
  run<T>(change: () => T): Promise<T>;
  /** Calls an action once the change that runs is durable; at once if none runs. */
  whenDurable(action: () => void): void;
}

/** Makes changes of a SQLite database, which are durable when `run` returns. */
export class LocalChanges implements Changes {
  readonly #database: DatabaseSync;
  #waiting: (() => void)[] | undefined;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  async run<T>(change: () => T): Promise<T> {
    this.#waiting = [];
    let actions: readonly (() => void)[];
    let result: T;
    try {
      result = inTransaction(this.#database, change);
    } finally {
      actions = this.#waiting;
      this.#waiting = undefined;
    }
    for (const action of actions) action();
    return result;
  }

  whenDurable(action: () => void): void {
    if (this.#waiting === undefined) action();
    else this.#waiting.push(action);
  }
}
