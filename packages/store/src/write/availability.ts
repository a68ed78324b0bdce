import type { StoreHealth } from '../contract.ts';

/**
 * Sources of unavailability: the store thread, its files, its reading of the journal, appending, another owner, its
 * directory.
 */
export type Obstacle = 'directory' | 'thread' | 'files' | 'journal' | 'append' | 'owner';

/** Whether the store can store telemetry. Reports each change of its health once, the reason included. */
export class Availability {
  readonly #obstacles = new Map<Obstacle, string>();
  readonly #onChange: (health: StoreHealth) => void;

  constructor(onChange: (health: StoreHealth) => void) {
    this.#onChange = onChange;
  }

  get health(): StoreHealth {
    const reason = this.#directory ?? this.#obstacles.values().next().value;
    return reason === undefined ? { kind: 'ok' } : { kind: 'failing', reason };
  }

  /** Why appends are rejected before they are tried; an append that failed itself is tried again. */
  get rejection(): string | undefined {
    if (this.#directory !== undefined) return this.#directory;
    for (const [obstacle, reason] of this.#obstacles) if (obstacle !== 'append') return reason;
    return undefined;
  }

  /** A removed directory is why everything else fails. */
  get #directory(): string | undefined {
    return this.#obstacles.get('directory');
  }

  isSet(obstacle: Obstacle): boolean {
    return this.#obstacles.has(obstacle);
  }

  /** Sets an obstacle's reason, or removes it with `undefined`. Returns whether it changed. */
  set(obstacle: Obstacle, reason: string | undefined): boolean {
    const isChange = this.#obstacles.has(obstacle) !== (reason !== undefined);
    const before = this.health;
    if (reason === undefined) this.#obstacles.delete(obstacle);
    else this.#obstacles.set(obstacle, reason);
    const { health } = this;
    if (reasonOf(health) !== reasonOf(before)) this.#onChange(health);
    return isChange;
  }
}

function reasonOf(health: StoreHealth): string | undefined {
  return health.kind === 'ok' ? undefined : health.reason;
}
