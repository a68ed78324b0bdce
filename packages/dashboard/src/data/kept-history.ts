import type { PipelineHistory, ReceivedSample } from './pipeline/pipeline-history.ts';

const STORED = 'otelier.ingest';
const KEEP_EVERY_MILLIS = 10_000;
const HOUR = 3_600_000;
let keptMillis = 0;

/**
 * Returns the last hour of ingest history saved by an earlier visit. Samples with counters above the current ones
 * belong to a different run and are dropped later.
 */
export function savedHistory(): readonly ReceivedSample[] {
  try {
    const samples: unknown = JSON.parse(localStorage.getItem(STORED) ?? '[]');
    return Array.isArray(samples)
      ? samples.filter(isSample).filter(({ atMillis }) => Date.now() - atMillis < HOUR)
      : [];
  } catch {
    return [];
  }
}

/** Saves the history for the next visit, at most every ten seconds. */
export function saveHistory(history: PipelineHistory, nowMillis: number): void {
  if (nowMillis - keptMillis < KEEP_EVERY_MILLIS) return;
  keptMillis = nowMillis;
  try {
    localStorage.setItem(STORED, JSON.stringify(history.downsampled()));
  } catch {
    // Storage may be blocked or full. In that case, each visit starts a new history.
  }
}

function isSample(value: unknown): value is ReceivedSample {
  if (typeof value !== 'object' || value === null) return false;
  const { atMillis, bytes, items } = value as Partial<ReceivedSample>;
  return typeof atMillis === 'number' && typeof bytes === 'number' && typeof items === 'object' && items !== null;
}
