import { levelOf } from '../summaries/build.ts';
import type { RowBlock } from './block.ts';
import { timesOf } from './newest.ts';
import type { RowList } from './selection.ts';
import { StepClock, type StepRange } from './step-clock.ts';

/** The log records of a level in a step. */
export interface SeverityCount {
  readonly step: number;
  readonly level: number;
  readonly count: number;
}

/** Counts the selected log records of a block, which are in the range, by step and level. */
export function collectSeverities(block: RowBlock, selected: RowList, range: StepRange): readonly SeverityCount[] {
  const severities = block.column('severity_number', selected);
  const words = timesOf(block, 'time', selected);
  const clock = new StepClock(range);
  const found = new Map<number, number>();
  for (let i = 0; i < selected.length; i++) {
    const row = selected[i];
    const isKnown = severities?.kind === 'words32' && severities.present?.[row] !== 0;
    const level = isKnown ? levelOf(severities.words[row] | 0) : 0;
    const key = clock.stepOf(words[row * 2], words[row * 2 + 1] | 0) * LEVELS + level;
    found.set(key, (found.get(key) ?? 0) + 1);
  }
  return [...found].map(([key, count]) => ({ step: Math.floor(key / LEVELS), level: key % LEVELS, count }));
}

/** Number of levels: six, and that of records without a valid severity. */
const LEVELS = 7;
