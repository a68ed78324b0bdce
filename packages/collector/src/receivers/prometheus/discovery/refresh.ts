import { errorMessage } from '../../../component/error-message.ts';
import type { DiscoveredLabels } from '../labels/target-labels.ts';
import type { Discovery, DiscoveryContext } from './discovery.ts';

/** Options for `refreshing`. */
interface RefreshOptions {
  /** Where targets come from, in log lines. */
  readonly source: string;
  readonly intervalMillis: number;
  /** Returns all targets; rejects if they cannot be read, which keeps the former ones. */
  read(signal: AbortSignal): Promise<readonly DiscoveredLabels[]>;
}

/** Creates a discovery that reads its targets at an interval. A failure keeps the targets and is logged once. */
export function refreshing(
  { source, intervalMillis, read }: RefreshOptions,
  { clock, logger, job }: DiscoveryContext,
): Discovery {
  const stopped = new AbortController();
  let cancel = () => {};
  let running: Promise<void> = Promise.resolve();
  let failure: string | undefined;
  let known = '';

  const refresh = async (onTargets: (targets: readonly DiscoveredLabels[]) => void): Promise<void> => {
    try {
      const targets = await read(stopped.signal);
      failure = undefined;
      const text = JSON.stringify(targets);
      if (text !== known && !stopped.signal.aborted) onTargets(targets);
      known = text;
    } catch (error) {
      const reason = errorMessage(error);
      if (stopped.signal.aborted || reason === failure) return;
      failure = reason;
      logger.warn({ job, source, reason }, 'target discovery failed, keeping the targets');
    }
  };
  return {
    async start(onTargets) {
      const next = (): void => {
        if (stopped.signal.aborted) return;
        cancel = clock.setTimeout(() => {
          running = refresh(onTargets).then(next);
        }, intervalMillis);
      };
      // A source that does not respond must not delay the start.
      running = refresh(onTargets).then(next);
    },
    async stop() {
      stopped.abort();
      cancel();
      await running;
    },
  };
}
