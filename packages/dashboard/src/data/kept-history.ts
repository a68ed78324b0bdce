import type { PipelineHistory, ReceivedSample } from './pipeline-history.ts';

const STORED = 'otelier.ingest';
const KEEP_EVERY_MILLIS = 10_000;
const HOUR = 3_600_000;
let keptMillis = 0;

/** What an earlier visit saw come in during the last hour. Counters that are larger than now belong to another run and are dropped later. */
export function keptHistory(): readonly ReceivedSample[] {
  try {
    const samples: unknown = JSON.parse(localStorage.getItem(STORED) ?? '[]');
    return Array.isArray(samples)
      ? samples.filter(isSample).filter(({ atMillis }) => Date.now() - atMillis < HOUR)
      : [];
  } catch {
    return [];
  }
}

/** Keeps the history for the next visit, every ten seconds. */
export function keepHistory(history: PipelineHistory, nowMillis: number): void {
  if (nowMillis - keptMillis < KEEP_EVERY_MILLIS) return;
  keptMillis = nowMillis;
  try {
    localStorage.setItem(STORED, JSON.stringify(history.thinned()));
  } catch {
    // Storage may be forbidden or full; the history then begins with each visit.
  }
}

function isSample(value: unknown): value is ReceivedSample {
  if (typeof value !== 'object' || value === null) return false;
  const { atMillis, bytes, items } = value as Partial<ReceivedSample>;
  return typeof atMillis === 'number' && typeof bytes === 'number' && typeof items === 'object' && items !== null;
}
