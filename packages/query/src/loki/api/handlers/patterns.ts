import { readEntries } from '../../../logql/evaluate/read-entries.ts';
import { parseLogql } from '../../../logql/parse/parse.ts';
import { PatternTree, WILDCARD } from '../../../patterns/pattern-tree.ts';
import { LEVEL_LABEL } from '../../model/names.ts';
import { evaluationOf, type LokiHandler } from '../context.ts';
import { boundsOf, durationOf } from '../parameters.ts';
import { LokiProblem } from '../problem.ts';

/** Maximum numbers of lines, the newest ones, and of patterns in a response. */
const MAX_LINES = 50_000;
const MAX_PATTERNS = 300;
/** Longer lines are cut, because their patterns are of no use. */
const MAX_LINE = 3000;
/** Minimum time between two samples of a pattern. */
const MIN_STEP_NANOS = 10_000_000_000n;
const TREE = { depth: 5, threshold: 0.4, maxChildren: 100, maxPatterns: 1000, delimiters: [] };

interface Found {
  readonly level: string;
  /** The pattern after the last line, which is the most general one. */
  tokens: readonly string[];
  readonly times: bigint[];
}

/** `patterns`: the patterns of the lines of a selector, with their number per step. */
export const patterns: LokiHandler = async (request) => {
  const { parameters } = request;
  const expr = parseLogql(parameters.get('query') ?? '');
  if (expr.kind !== 'log' || expr.stages.length > 0) throw new LokiProblem(400, 'only label matchers are supported');
  const { start, end } = boundsOf(parameters, request.nowMillis());
  const wanted = durationOf(parameters, 'step') ?? MIN_STEP_NANOS;
  const step = wanted < MIN_STEP_NANOS ? MIN_STEP_NANOS : wanted;
  const trees = new Map<string, { readonly tree: PatternTree; readonly lines: [readonly string[], bigint][] }>();
  let count = 0;
  const selection = {
    matchers: expr.matchers,
    lineFilters: [],
    start,
    end,
    order: 'newest',
  } as const;
  await readEntries(evaluationOf(request), selection, ({ line, time, metadata }) => {
    const level = metadata.get(LEVEL_LABEL) ?? 'unknown';
    const group = trees.get(level) ?? { tree: new PatternTree(TREE), lines: [] };
    trees.set(level, group);
    const tokens = group.tree.tokensOf(line.slice(0, MAX_LINE));
    group.tree.add(tokens);
    group.lines.push([tokens, time]);
    count += 1;
    return count < MAX_LINES;
  });
  const found = [...trees].flatMap(([level, { tree, lines }]) => byPattern(level, tree, lines));
  const largest = found.toSorted((a, b) => b.times.length - a.times.length).slice(0, MAX_PATTERNS);
  return {
    status: 'success',
    data: largest.map(({ level, tokens, times }) => ({
      pattern: tokens.map((token) => (token === WILDCARD ? '<_>' : token)).join(' '),
      level,
      samples: samplesOf(times, step),
    })),
  };
};

/** Patterns change while lines are added, so that lines are assigned to them afterward. */
function byPattern(level: string, tree: PatternTree, lines: readonly [readonly string[], bigint][]): Found[] {
  const found = new Map<string, Found>();
  for (const [tokens, time] of lines) {
    const pattern = tree.add(tokens);
    const key = pattern.join(' ');
    const group = found.get(key) ?? { level, tokens: pattern, times: [] };
    found.set(key, group);
    group.times.push(time);
  }
  return [...found.values()];
}

function samplesOf(times: readonly bigint[], step: bigint): [number, number][] {
  const counts = new Map<bigint, number>();
  for (const time of times) {
    const bucket = time - (time % step);
    counts.set(bucket, (counts.get(bucket) ?? 0) + 1);
  }
  return [...counts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([bucket, count]) => [Number(bucket / 1_000_000_000n), count]);
}
