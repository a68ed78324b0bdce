import type { ItemCell } from '../../scan/collect-items.ts';
import type { SeverityCount } from '../../scan/collect-severities.ts';
import type { CountedValues } from '../../scan/collect-values.ts';
import type { TimeRange } from '../../scan/newest.ts';
import { StepClock, type StepRange } from '../../scan/step-clock.ts';
import { RecentCache } from '../shared/recent-cache.ts';
import { isTail } from '../shared/tail.ts';
import { later } from '../shared/times.ts';
import type { ErrorPart } from '../summaries/merge-errors.ts';
import type { PackedRequests, ServiceItems } from '../summaries/protocol.ts';
import type { ColumnStats } from './column-stats.ts';
import type { ScannedRows, ScanSource } from './protocol.ts';

/** Maximum size of the results that are kept, in bytes. */
const CACHE_BYTES = 24 << 20;
/** Maximum number of limits of steps that a key lists. With more, it has the range, so that a later range differs. */
const LISTED_STEPS = 64;

/** What a file contributes to a query, with its first step. */
export interface FilePart {
  readonly firstStep: number;
  readonly found:
    | PackedRequests
    | CountedValues
    | readonly (ErrorPart | SeverityCount | ServiceItems | ItemCell | ColumnStats)[];
}

/**
 * The results of queries for each file. Files in `data/` never change, so that a query that is repeated, also for a
 * later range, reads only new files.
 */
export class FileParts {
  readonly #cache = new RecentCache<FilePart>(CACHE_BYTES);

  get(key: string): FilePart | undefined {
    return this.#cache.get(key);
  }

  set(key: string, part: FilePart): void {
    this.#cache.set(key, part, key.length * 2 + sizeOf(part.found));
  }
}

/** Returns the approximate size of a result in bytes. */
function sizeOf(found: FilePart['found']): number {
  if ('stats' in found) {
    const { keys, stats, buckets } = found;
    const names = keys.reduce((sum, [service, name]) => sum + (service.length + name.length) * 2 + 100, 0);
    return stats.byteLength + buckets.byteLength + names + 300;
  }
  if ('missing' in found) return found.values.reduce((sum, { value }) => sum + value.length * 2 + 100, 300);
  return found.reduce((sum, item) => sum + sizeOfItem(item), 300);
}

function sizeOfItem(item: ErrorPart | SeverityCount | ServiceItems | ItemCell | ColumnStats): number {
  if ('hashes' in item) return item.hashes.length * 8 + item.name.length * 2 + 200;
  if ('values' in item) return item.values.reduce<number>((sum, value) => sum + String(value).length * 2, 150);
  if ('level' in item) return 50;
  if ('serving' in item) return (item.service.length + (item.version?.length ?? 0)) * 2 + 150;
  const { service, type, message, name, steps } = item;
  return (service.length + type.length + message.length + name.length) * 2 + steps.size * 16 + 300;
}

/** A file of a query and the key of its result; `undefined` if it is not kept. */
export interface SourcePart {
  readonly key: string | undefined;
  readonly source: ScanSource;
  /** The step of the first row that may be in the range. */
  readonly firstStep: number;
}

/** Returns the files of a query that may have rows in its ranges. `query` is what else their results depend on. */
export function* partsOf(
  { sources, ranges, range, conditions }: ScannedRows & { readonly range: StepRange },
  query: readonly unknown[],
): Generator<SourcePart> {
  const prefix = JSON.stringify([...query, conditions]);
  const clock = new StepClock(range);
  for (const source of sources) {
    const { path, minTime, maxTime } = source;
    const own = ranges.filter(({ start, end }) => minTime < end && maxTime >= start);
    if (own.length === 0) continue;
    const firstStep = clock.stepAt(later(minTime, range.start));
    const lastStep = clock.stepAt(maxTime >= range.end ? range.end - 1n : maxTime);
    const key = `${prefix}\n${path}\n${limitsOf(own, source)}\n${stepsOf(range, clock, firstStep, lastStep)}`;
    yield { key: isTail(path) ? undefined : key, source, firstStep };
  }
}

/** Returns which rows of a file are in the ranges, as text. */
function limitsOf(ranges: readonly TimeRange[], { minTime, maxTime }: ScanSource): string {
  const isWhole = ranges.some(({ start, end }) => minTime >= start && maxTime < end);
  return isWhole ? '' : ranges.map(({ start, end }) => `${start}-${end}`).join();
}

/** Returns how a file's rows are divided into steps, as text. */
function stepsOf(range: StepRange, clock: StepClock, first: number, last: number): string {
  if (last - first > LISTED_STEPS) return `${range.start}-${range.end}/${range.steps}`;
  return Array.from({ length: last - first }, (_, i) => clock.startOf(first + i + 1)).join();
}
