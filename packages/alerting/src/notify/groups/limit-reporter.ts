import type { Clock } from '@otelier/transport/clock';
import type { NotifierEvent } from '../event.ts';

const REPORT_MILLIS = 60_000;

/** Reports alerts that are not taken because of a limit, at most once a minute for each limit. */
export class LimitReporter {
  readonly #clock: Clock;
  readonly #log: (event: NotifierEvent) => void;
  readonly #counts = new Map<string, { readonly atMillis: number; readonly count: number }>();

  constructor(clock: Clock, log: (event: NotifierEvent) => void) {
    this.#clock = clock;
    this.#log = log;
  }

  report(limit: 'alerts' | 'groups'): void {
    const now = this.#clock.monotonic();
    const { atMillis, count } = this.#counts.get(limit) ?? { atMillis: Number.NEGATIVE_INFINITY, count: 0 };
    if (now - atMillis < REPORT_MILLIS) {
      this.#counts.set(limit, { atMillis, count: count + 1 });
      return;
    }
    this.#counts.set(limit, { atMillis: now, count: 0 });
    const fields = { limit, alerts: count + 1 };
    this.#log({ level: 'error', message: 'alerts are not sent: limit reached', fields });
  }
}
