import { compilePattern } from '@otelier/query/pattern';
import { expandTemplate } from '../../ottl/functions/text/pattern.ts';
import type { EditablePoint } from '../../ottl/points/editable-point.ts';
import type { Transform } from './config.ts';
import type { EditableMetric } from './editable-metric.ts';

/** A group of the pattern that matched the name of a metric. */
interface Submatch {
  /** Its name, or `$1`. */
  readonly name: string;
  readonly text: string;
}

/** Which metrics and points a transform includes. */
export interface Include {
  matchesName(name: string): boolean;
  matchesPoint(point: EditablePoint): boolean;
  /** Returns the groups of the pattern in a name. */
  submatches(name: string): readonly Submatch[];
  /** Returns the new name of a metric from a template with groups of the pattern. */
  newName(template: string, name: string): string;
}

/** Compiles the properties of included metrics. */
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

/** Reports whether one of the points matches, or the metric has none. */
export function matchesAnyPoint({ points }: EditableMetric, include: Include): boolean {
  return points.length === 0 || points.some((point) => include.matchesPoint(point));
}

/** Reports whether all points match. */
export function matchesAllPoints({ points }: EditableMetric, include: Include): boolean {
  return points.every((point) => include.matchesPoint(point));
}
