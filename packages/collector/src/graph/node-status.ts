import type { Clock } from '@otelier/transport';
import type { StatusKind } from '../component/host.ts';

/** The status of a node, and since when it has it. */
export class NodeStatus {
  readonly #clock: Pick<Clock, 'now'>;
  #kind: StatusKind = 'starting';
  #error: string | undefined;
  #atMillis: number;
  #isStarted = false;

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
    this.#atMillis = clock.now();
  }

  get kind(): StatusKind {
    return this.#kind;
  }

  get error(): string | undefined {
    return this.#error;
  }

  /** Time since which it has the status. A change of the error alone does not change it. */
  get atMillis(): number {
    return this.#atMillis;
  }

  /** The component has started. It keeps an error that it has reported meanwhile. */
  started(): void {
    this.#isStarted = true;
    if (this.#kind === 'starting') this.set('ok');
  }

  /** The component reports an error, or that it has none. */
  report(error: string | undefined, kind: 'recoverable' | 'permanent' = 'recoverable'): void {
    if (this.#kind === 'stopping' || this.#kind === 'stopped') return;
    if (error !== undefined) this.set(`${kind}_error`, error);
    else this.set(this.#isStarted ? 'ok' : 'starting');
  }

  set(kind: StatusKind, error?: string): void {
    if (this.#kind === 'stopped') return;
    if (this.#kind !== kind) this.#atMillis = this.#clock.now();
    this.#kind = kind;
    this.#error = error;
  }
}
