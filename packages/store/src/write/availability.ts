import type { StoreHealth } from '../contract.ts';

/**
 * Sources of unavailability: the store thread, its files, its reading of the journal, appending, another owner, or its
 * directory.
 */
export type Obstacle = 'directory' | 'thread' | 'files' | 'journal' | 'append' | 'owner';

/** Tracks whether the store can store telemetry. Reports each change of health, including its reason, once. */
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

  /** Why appends are rejected without being tried. After a failed append, later ones are still tried. */
  get rejection(): string | undefined {
    if (this.#directory !== undefined) return this.#directory;
    for (const [obstacle, reason] of this.#obstacles) if (obstacle !== 'append') return reason;
    return undefined;
  }

  /** The reason why the directory is unavailable, which takes precedence because it makes everything else fail. */
  get #directory(): string | undefined {
    return this.#obstacles.get('directory');
  }

  isSet(obstacle: Obstacle): boolean {
    return this.#obstacles.has(obstacle);
  }

  /** Sets an obstacle's reason, or clears it with `undefined`. Reports whether it changed. */
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
