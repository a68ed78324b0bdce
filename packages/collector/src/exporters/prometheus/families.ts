import { baseLabels, type LabelOptions, targetInfoLabels } from '../../prometheus/naming.ts';
import type { ExportedMetric } from '../../prometheus/points.ts';
import type { ServedPoint } from './accumulate.ts';

/** The types of metric families in pages. */
export type FamilyType = 'counter' | 'gauge' | 'histogram' | 'summary' | 'untyped';

/** A series of a family: its labels, sorted by name, and its point. */
export interface FamilySeries {
  readonly labels: readonly (readonly [string, string])[];
  readonly point: ServedPoint | undefined;
}

/** A metric family of a page. */
export interface ServedFamily {
  readonly name: string;
  readonly help: string;
  readonly type: FamilyType;
  readonly series: readonly FamilySeries[];
}

/** A metric that was left out because another one has its name. */
export type OnConflict = (name: string, used: FamilyType, ignored: FamilyType) => void;

interface Options extends LabelOptions {
  readonly onConflict: OnConflict;
}

/** Groups points into families, sorted by name. Of series with the same labels, the first one is kept. */
export function familiesOf(points: readonly ServedPoint[], options: Options): readonly ServedFamily[] {
  const families = new Map<string, { help: string; type: FamilyType; series: Map<string, FamilySeries> }>();
  const add = (
    name: string,
    help: string,
    type: FamilyType,
    labels: Map<string, string>,
    point?: ServedPoint,
  ): void => {
    let family = families.get(name);
    if (family === undefined) {
      family = { help, type, series: new Map() };
      families.set(name, family);
    }
    if (family.type !== type) {
      options.onConflict(name, family.type, type);
      return;
    }
    const sorted = [...labels].sort(([a], [b]) => (a < b ? -1 : 1));
    const key = JSON.stringify(sorted);
    if (!family.series.has(key)) family.series.set(key, { labels: sorted, point });
  };
  for (const point of points) {
    const { naming } = options;
    const info = targetInfoLabels(point.origin, { ...options, externalLabels: {} });
    if (info !== undefined) add(naming.targetInfo, 'Target metadata', 'gauge', info);
    const { metric, attributes, origin } = point;
    add(naming.metric(metric), metric.description, typeOf(metric), baseLabels(attributes, origin, options), point);
  }
  return [...families]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { help, type, series }]) => ({ name, help, type, series: [...series.values()] }));
}

function typeOf({ kind, isMonotonic, originalType }: ExportedMetric): FamilyType {
  switch (kind) {
    case 'sum':
      return isMonotonic ? 'counter' : 'gauge';
    case 'histogram':
    case 'exponentialHistogram':
      return 'histogram';
    case 'summary':
      return 'summary';
    default:
      return originalType === 'unknown' ? 'untyped' : 'gauge';
  }
}
