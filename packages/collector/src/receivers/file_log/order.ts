import { statSync } from 'node:fs';
import { compilePattern } from '@otelier/query/pattern';
import { strptimeLayout } from '../../operators/record/layout.ts';
import { textParser } from '../../operators/record/time.ts';
import { EvaluationError } from '../../ottl/values/value.ts';
import type { FileLogConfig } from './config.ts';

type Criteria = FileLogConfig['orderingCriteria'];
type Criterion = Criteria['sortBy'][number];

/** A file and the named groups of its path. */
interface Candidate {
  readonly path: string;
  readonly groups: Readonly<Record<string, string>>;
}

type Key = (candidate: Candidate) => number | bigint | string | undefined;

/** Returns the function that orders and selects files; `undefined` without criteria. Throws if they are invalid. */
export function createOrder(
  criteria: Criteria,
  now: () => number,
): ((paths: readonly string[]) => string[]) | undefined {
  const { regex, sortBy, groupBy, topN = 1 } = criteria;
  if (sortBy.length === 0) return undefined;
  const needsRegex = sortBy.some(({ sortType }) => sortType !== 'mtime');
  if (needsRegex && regex === '') throw new Error('ordering_criteria.regex: expected a regular expression for sort_by');
  const pattern = regex === '' ? undefined : compilePattern(regex);
  const keys = sortBy.map((criterion) => ({ key: keyOf(criterion, now), sign: criterion.ascending ? 1 : -1 }));
  const select = (paths: readonly string[]): string[] => {
    let candidates = paths
      .map((path) => ({ path, groups: pattern === undefined ? {} : pattern.groups(path) }))
      .filter((candidate): candidate is Candidate => candidate.groups !== undefined);
    for (const { key, sign } of keys) {
      candidates = candidates
        .map((candidate) => ({ candidate, value: key(candidate) }))
        .filter(({ value }) => value !== undefined)
        .sort((a, b) => sign * compare(a.value, b.value))
        .map(({ candidate }) => candidate);
    }
    return candidates.slice(0, topN === 0 ? undefined : topN).map(({ path }) => path);
  };
  if (groupBy === '') return select;
  const group = compilePattern(groupBy);
  return (paths) => {
    const groups = Map.groupBy(paths, (path) => groupOf(group.ranges(path), path));
    groups.delete(undefined);
    return [...groups.values()].flatMap(select);
  };
}

function groupOf(ranges: readonly { start: number; end: number }[] | undefined, path: string): string | undefined {
  const range = ranges?.[1];
  return range === undefined ? undefined : path.slice(range.start, range.end);
}

function keyOf({ sortType, regexKey, layout, location }: Criterion, now: () => number): Key {
  if (sortType === 'mtime') return ({ path }) => statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  if (regexKey === '') throw new Error('ordering_criteria.sort_by: expected a regex_key');
  const text = ({ groups }: Candidate) => groups[regexKey] ?? '';
  if (sortType === 'alphabetical') return text;
  if (sortType === 'numeric')
    return (candidate) => (/^[+-]?\d+$/.test(text(candidate)) ? BigInt(text(candidate)) : undefined);
  if (layout === '') throw new Error('ordering_criteria.sort_by: expected a layout of timestamps');
  const elements = strptimeLayout(layout);
  if (typeof elements === 'string') throw new Error(`ordering_criteria.sort_by: ${elements}`);
  const parse = textParser(elements, { layout, layoutType: 'strptime', location }, now);
  return (candidate) => {
    try {
      return parse(text(candidate));
    } catch (error) {
      if (error instanceof EvaluationError) return undefined;
      throw error;
    }
  };
}

function compare(a: ReturnType<Key>, b: ReturnType<Key>): number {
  if (a === b || a === undefined || b === undefined) return 0;
  return a < b ? -1 : 1;
}
