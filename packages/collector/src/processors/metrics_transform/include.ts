import { compilePattern } from '@otelier/query/pattern';
import { expandTemplate } from '../../ottl/functions/text/pattern.ts';
import type { EditablePoint } from '../../ottl/points/editable-point.ts';
import type { Transform } from './config.ts';
import type { EditableMetric } from './editable-metric.ts';

/** A pattern group that matched part of a metric name. */
interface Submatch {
  /** The group name, or `$1`. */
  readonly name: string;
  readonly text: string;
}

/** The metrics and points that a transform includes. */
export interface Include {
  matchesName(name: string): boolean;
  matchesPoint(point: EditablePoint): boolean;
  /** Returns the pattern groups matched in a name. */
  submatches(name: string): readonly Submatch[];
  /** Returns a metric's new name, from a template that can refer to pattern groups. */
  newName(template: string, name: string): string;
}

/** Compiles the properties that select metrics. */
export function compileInclude({ include, matchType, experimentalMatchLabels }: Transform): Include {
  const isPattern = matchType === 'regexp';
  const labels = Object.entries(experimentalMatchLabels).map(([key, text]) => {
    const pattern = isPattern ? compilePattern(text) : undefined;
    return { key, matches: (value: string) => (pattern === undefined ? value === text : pattern.test(value)) };
  });
  const matchesPoint = (point: EditablePoint) => labels.every(({ key, matches }) => matches(point.textOf(key) ?? ''));
  if (!isPattern)
    return { matchesName: (name) => name === include, matchesPoint, submatches: () => [], newName: (name) => name };
  const pattern = compilePattern(include);
  return {
    matchesName: (name) => pattern.test(name),
    matchesPoint,
    submatches(name) {
      const [match] = pattern.matches(name);
      return (match?.groups ?? [])
        .map((text = '', index) => ({ name: pattern.names[index] || `$${index}`, text }))
        .slice(1);
    },
    newName(template, name) {
      const [match] = pattern.matches(name);
      const expanded = match === undefined ? '' : expandTemplate(template, match.groups, pattern.names);
      return expanded === '' ? template : expanded;
    },
  };
}

/** Reports whether any point matches, or the metric has no points. */
export function matchesAnyPoint({ points }: EditableMetric, include: Include): boolean {
  return points.length === 0 || points.some((point) => include.matchesPoint(point));
}

/** Reports whether all points match. */
export function matchesAllPoints({ points }: EditableMetric, include: Include): boolean {
  return points.every((point) => include.matchesPoint(point));
}
