import type { Clock } from '@otelier/transport';
import type { Logger } from 'pino';

/** The parts of a component's context that a periodic task needs. */
interface Environment {
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A periodic task of a component. */
export interface PeriodicTask {
  /** Starts the timer. The first run is after one interval. */
  start(): Promise<void>;
  /** Stops the timer and waits for the current run. The task can be started again. */
  shutdown(): Promise<void>;
}

/**
 * Creates a task that calls `run` every `intervalMillis` on the component's clock, from `start` to `shutdown`. Runs do
 * not overlap: ticks during a run are skipped, and the next run starts at the next multiple of the interval. Failed
 * runs are logged. Use its `start` and `shutdown` as the component's own, or call them from there.
 */
export function every(
  { clock, logger }: Environment,
  intervalMillis: number,
  run: () => void | Promise<void>,
): PeriodicTask {
  let cancel: (() => void) | undefined;
  let dueMillis = 0;
  let running: Promise<void> | undefined;
  let isStarted = false;

  const schedule = () => {
    const nowMillis = clock.monotonic();
    const late = Math.max(0, nowMillis - dueMillis);
    dueMillis += intervalMillis * (1 + Math.floor(late / intervalMillis));
    cancel = clock.setTimeout(() => {
      cancel = undefined;
      running = runOnce().finally(() => {
        running = undefined;
        if (isStarted) schedule();
      });
    }, dueMillis - nowMillis);
  };
  const runOnce = async () => {
    try {
      await run();
    } catch (error) {
      logger.error({ err: error }, 'periodic task failed');
    }
  };

  return {
    async start() {
      if (isStarted) return;
      isStarted = true;
      dueMillis = clock.monotonic();
      schedule();
    },
    async shutdown() {
      isStarted = false;
      cancel?.();
      cancel = undefined;
      await running;
    },
  };
}
