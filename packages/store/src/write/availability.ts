import type { StoreHealth } from '../contract.ts';

/**
 * Sources of unavailability: the store thread, its files, its reading of the journal, appending, another owner, its
 * directory.
 */
export type Obstacle = 'directory' | 'thread' | 'files' | 'journal' | 'append' | 'owner';

/** Whether the store can store telemetry. Reports each change once. */
export class Availability {
  readonly #obstacles = new Map<Obstacle, string>();
  readonly #onChange: (health: StoreHealth) => void;

  constructor(onChange: (health: StoreHealth) => void) {
    this.#onChange = onChange;
  }

  get health(): StoreHealth {
    // A removed directory is why everything else fails.
    const reason = this.#obstacles.get('directory') ?? this.#obstacles.values().next().value;
    return reason === undefined ? { kind: 'ok' } : { kind: 'failing', reason };
  }

  /** Why appends are rejected before they are tried; an append that failed itself is tried again. */
  get rejection(): string | undefined {
    for (const [obstacle, reason] of this.#obstacles) if (obstacle !== 'append') return reason;
    return undefined;
  }

  isSet(obstacle: Obstacle): boolean {
    return this.#obstacles.has(obstacle);
  }

  /** Sets an obstacle's reason, or removes it with `undefined`. Returns whether it changed. */
  set(obstacle: Obstacle, reason: string | undefined): boolean {
    const isChange = this.#obstacles.has(obstacle) !== (reason !== undefined);
    const before = this.health.kind;
    if (reason === undefined) this.#obstacles.delete(obstacle);
    else this.#obstacles.set(obstacle, reason);
    const { health } = this;
    if (health.kind !== before) this.#onChange(health);
    return isChange;
  }
}
