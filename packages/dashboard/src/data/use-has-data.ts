import { receivedTotals } from './pipeline/pipeline-stats.ts';
import { usePipeline } from './pipeline/pipeline-stream.ts';
import { useStatus } from './use-status.ts';

/** Returns whether any telemetry has ever arrived, or `undefined` until that is known. */
export function useHasData(): boolean | undefined {
  const status = useStatus().data;
  const { latest } = usePipeline();
  if (latest !== undefined && Object.values(receivedTotals(latest).items).some((items) => items > 0)) return true;
  if (status === undefined) return undefined;
  if (status.store === undefined || status.store === null) return latest === undefined ? undefined : false;
  return status.store.pendingRows > 0 || Object.values(status.store.rows).some((rows) => rows > 0);
}
