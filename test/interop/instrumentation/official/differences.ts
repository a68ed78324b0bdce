import type { RecordedSpan, Result } from './program.ts';
import { REASONS } from './reasons.ts';

/** The differences of each step, with their reasons. */
export type Differences = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Compares two runs of a program. Throws if a difference has no reason. */
export function differencesOf(program: string, ours: Result, official: Result): Differences {
  const bySteps = Object.entries(ours.steps).map(
    ([step, mine]) => [step, differencesOfStep(mine, official.steps[step] ?? [])] as const,
  );
  const names = [...new Set([...Object.keys(ours.metrics), ...Object.keys(official.metrics)])].toSorted();
  const byMetric = names.flatMap((name) => different(name, ours.metrics[name], official.metrics[name]));
  const all = [...bySteps, ['metrics', byMetric] as const].filter(([, found]) => found.length > 0);
  const unexplained = all.flatMap(([, found]) => found).filter((each) => reasonOf(program, each) === undefined);
  if (unexplained.length > 0)
    throw new Error(`${program}: differences without a reason:\n${[...new Set(unexplained)].join('\n')}`);
  return Object.fromEntries(
    all.map(([step, found]) => [
      step,
      Object.fromEntries(found.map((each) => [each, reasonOf(program, each) ?? ''] as const)),
    ]),
  );
}

function differencesOfStep(ours: readonly RecordedSpan[], official: readonly RecordedSpan[]): readonly string[] {
  const kinds = [...new Set(ours.map(({ kind }) => kind))];
  return [
    ...different('spans', list(ours), list(official)),
    ...different('exceptions', sum(ours), sum(official)),
    ...kinds.flatMap((kind) => {
      const theirs = official.filter((span) => span.kind === kind);
      return ours.filter((span) => span.kind === kind).flatMap((mine, i) => differencesOfSpan(mine, theirs[i]));
    }),
  ];
}

function differencesOfSpan(mine: RecordedSpan, theirs: RecordedSpan | undefined): readonly string[] {
  if (theirs === undefined) return [];
  const keys = [...new Set([...Object.keys(mine.attributes), ...Object.keys(theirs.attributes)])].toSorted();
  return [
    ...different('links', mine.links, theirs.links),
    ...keys.flatMap((key) => different(key, mine.attributes[key], theirs.attributes[key])),
  ];
}

function different(what: string, mine: unknown, theirs: unknown): readonly string[] {
  return show(mine) === show(theirs) ? [] : [`${what}: ${show(mine)}; official: ${show(theirs)}`];
}

function list(spans: readonly RecordedSpan[]): string | undefined {
  // They end in the order in which the program happens to release them.
  const lines = spans.map(({ kind, name, status }) => `${kind} "${name}" ${status}`).toSorted();
  return lines.length === 0 ? undefined : lines.join(', ');
}

function sum(spans: readonly RecordedSpan[]): number {
  return spans.reduce((total, { exceptions }) => total + exceptions, 0);
}

function show(value: unknown): string {
  if (typeof value === 'string' && value.includes('"')) return value;
  return value === undefined ? 'none' : JSON.stringify(value);
}

function reasonOf(program: string, difference: string): string | undefined {
  return REASONS.find(({ of, difference: pattern }) => (of?.includes(program) ?? true) && pattern.test(difference))
    ?.reason;
}
