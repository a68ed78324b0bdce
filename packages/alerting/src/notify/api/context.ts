import type { Notifier } from '../notifier.ts';

/** What handlers read. */
export interface ApiContext {
  readonly notifier: Notifier;
  readonly query: URLSearchParams;
  /** Current time in milliseconds since the epoch. */
  readonly nowMs: number;
}
