import { StepClock } from '../../scan/step-clock.ts';
import { isTail } from '../shared/tail.ts';
import { earlier, later } from '../shared/times.ts';
import type { SummaryRequest, SummarySource } from './protocol.ts';

/** Number of files, by the order of writing, whose summaries are merged together. */
const FILES_PER_GROUP = 8;
/** Maximum number of limits of steps that a key lists. With more, it has the range, so that a later range differs. */
const LISTED_STEPS = 64;

/** Some files of a request, of which each is written after those of the groups before. */
export interface SourceGroup {
  /** What the merged summaries depend on, besides the number of the first step; `undefined` if they are not kept. */
  readonly key: string | undefined;
  readonly sources: readonly SummarySource[];
  /** The step of the first row that may be in the range. */
  readonly firstStep: number;
}

/**
 * Divides the files of a request into groups that stay the same while new files are added, old ones leave the range, and
 * the range moves by whole steps.
 */
export function groupSources(request: SummaryRequest): readonly SourceGroup[] {
  const { sources, start, end, steps, ...query } = request;
  const range = { start, end, steps };
  const clock = new StepClock(range);
  return [...Map.groupBy(sources, ({ path }) => (isTail(path) ? '' : groupOf(path)))].map(([name, own]) => {
    const minTime = own.map((source) => source.minTime).reduce(earlier, undefined) ?? start;
    const maxTime = own.map((source) => source.maxTime).reduce(later, undefined) ?? start;
    const firstStep = clock.stepAt(later(minTime, start) ?? start);
    const lastStep = clock.stepAt(maxTime >= end ? end - 1n : maxTime);
    const limits = minTime >= start && maxTime < end ? [] : [start, end];
    const inside =
      lastStep - firstStep > LISTED_STEPS
        ? [start, end, BigInt(steps)]
        : Array.from({ length: lastStep - firstStep }, (_, i) => clock.startOf(firstStep + i + 1));
    const files = own.map(({ path, skip }) => [path, ...skip]);
    const key = JSON.stringify([query, files, limits.map(String), inside.map(String)]);
    return { key: name === '' ? undefined : key, sources: own, firstStep };
  });
}

/** Returns the name of a file's group. Files of older versions have no number. */
function groupOf(path: string): string {
  const number = /-f(\d+)\.parquet$/.exec(path)?.[1];
  return number === undefined ? path : String(Math.floor(Number(number) / FILES_PER_GROUP));
}
