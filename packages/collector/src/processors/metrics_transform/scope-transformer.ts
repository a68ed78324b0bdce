import { aggregatePoints } from '../../ottl/points/aggregate-points.ts';
import type { Transform } from './config.ts';
import type { EditableMetric } from './editable-metric.ts';
import { compileInclude, type Include, matchesAllPoints, matchesAnyPoint } from './include.ts';
import { compileOperation, OperationError } from './operations.ts';

/** The metrics of a scope after all transforms have been applied. */
export interface TransformedScope {
  readonly metrics: readonly EditableMetric[];
  /** Metrics to move to separate resources, with the attributes to add. */
  readonly groups: readonly MetricGroup[];
  /** Number of deleted points. */
  readonly deletedPoints: number;
}

/** Metrics to move to a separate resource. */
export interface MetricGroup {
  readonly labels: Readonly<Record<string, string>>;
  readonly metrics: readonly EditableMetric[];
}

/** Applies transforms to a scope's metrics. */
export class ScopeTransformer {
  readonly #transforms: readonly CompiledTransform[];
  readonly #report: (message: string) => void;
  #metrics: EditableMetric[] = [];
  #groups: MetricGroup[] = [];
  #deletedPoints = 0;

  /** `report` is called with the reasons why metrics were not transformed. */
  constructor(transforms: readonly Transform[], report: (message: string) => void) {
    this.#transforms = transforms.map((transform) => ({
      ...transform,
      where: compileInclude(transform),
      changes: transform.operations.map(compileOperation),
    }));
    this.#report = report;
  }

  /** Reports whether a transform applies to metrics with this name. */
  matchesName(name: string): boolean {
    return this.#transforms.some(({ where }) => where.matchesName(name));
  }

  transform(metrics: readonly EditableMetric[]): TransformedScope {
    this.#metrics = [...metrics];
    this.#groups = [];
    this.#deletedPoints = 0;
    for (const transform of this.#transforms) {
      switch (transform.action) {
        case 'update':
          this.#metrics = this.#metrics.filter(
            (metric) => !matches(metric, transform.where) || this.#apply(metric, transform),
          );
          break;
        case 'insert':
          this.#insert(transform);
          break;
        case 'combine':
          this.#combine(transform);
          break;
        case 'group':
          this.#groups.push({ labels: transform.groupResourceLabels ?? {}, metrics: this.#extract(transform.where) });
      }
    }
    return { metrics: this.#metrics, groups: this.#groups, deletedPoints: this.#deletedPoints };
  }

  #insert(transform: CompiledTransform): void {
    for (const metric of [...this.#metrics]) {
      const copy = matchingPart(metric, transform.where)?.copy();
      if (copy !== undefined && this.#apply(copy, transform)) this.#metrics.push(copy);
    }
  }

  #combine(transform: CompiledTransform): void {
    const { where, newName, aggregationType } = transform;
    const matched = this.#metrics.filter((metric) => matches(metric, where));
    if (matched.length === 0) return;
    const obstacle = obstacleToCombine(matched);
    if (obstacle !== undefined) {
      this.#report(obstacle);
      return;
    }
    const extracted = this.#extract(where);
    const [first] = extracted;
    if (first === undefined) return;
    for (const metric of extracted) addSubmatches(metric, transform);
    const combined = first.withoutPoints();
    combined.name = newName;
    const points = extracted.flatMap((metric) => metric.points);
    combined.replacePoints(aggregatePoints(points, aggregationType, first.isDelta));
    if (this.#apply(combined, transform)) this.#metrics.push(combined);
  }

  /** Removes the matching metrics and returns them with their matching points. Other points are lost. */
  #extract(where: Include): EditableMetric[] {
    const extracted: EditableMetric[] = [];
    this.#metrics = this.#metrics.filter((metric) => {
      const part = matchingPart(metric, where);
      if (part !== undefined) extracted.push(part);
      return part === undefined;
    });
    return extracted;
  }

  /** Renames a metric and applies the operations. Returns false if this deleted all of its points. */
  #apply(metric: EditableMetric, { action, where, newName, changes }: CompiledTransform): boolean {
    const wasEmpty = metric.points.length === 0;
    const isWhole = action !== 'update' || matchesAllPoints(metric, where);
    if (newName !== '' && isWhole) metric.name = where.newName(newName, metric.name);
    try {
      for (const { isWhole: needsWhole, change } of changes)
        if (isWhole || !needsWhole) this.#deletedPoints += change(metric, where);
    } catch (error) {
      if (!(error instanceof OperationError)) throw error;
      this.#report(error.message);
      return true;
    }
    return wasEmpty || metric.points.length > 0;
  }
}

interface CompiledTransform extends Transform {
  readonly where: Include;
  readonly changes: readonly ReturnType<typeof compileOperation>[];
}

/** Adds the pattern groups matched in the metric name as attributes. */
function addSubmatches(metric: EditableMetric, { where, submatchCase }: CompiledTransform): void {
  for (const { name, text } of where.submatches(metric.name)) {
    const value = inCase(text, submatchCase);
    if (value !== '') for (const point of metric.points) point.setText(name, value);
  }
}

function inCase(text: string, submatchCase: Transform['submatchCase']): string {
  if (submatchCase === 'lower') return text.toLowerCase();
  return submatchCase === 'upper' ? text.toUpperCase() : text;
}

function matches(metric: EditableMetric, where: Include): boolean {
  return where.matchesName(metric.name) && matchesAnyPoint(metric, where);
}

/** Returns the metric itself, a copy with its matching points only, or `undefined` if no points match. */
function matchingPart(metric: EditableMetric, where: Include): EditableMetric | undefined {
  if (!where.matchesName(metric.name)) return undefined;
  const points = metric.points.filter((point) => where.matchesPoint(point));
  if (points.length === metric.points.length) return metric;
  if (points.length === 0) return undefined;
  const part = metric.withoutPoints();
  part.replacePoints(points);
  return part;
}

/** Returns why metrics cannot be combined, or `undefined` if they can be. */
function obstacleToCombine(metrics: readonly EditableMetric[]): string | undefined {
  const summary = metrics.find(({ kind }) => kind === 'summary');
  if (summary !== undefined) return `combine: expected a metric of another kind than the summary "${summary.name}"`;
  const [first, ...others] = metrics;
  for (const other of others) {
    if (first === undefined) break;
    const different = (['kind', 'unit', 'attributeKeys', 'dataKey'] as const).find((key) => first[key] !== other[key]);
    if (different !== undefined)
      return `combine: expected metrics with equal ${NAMES[different]}, got "${first.name}" and "${other.name}"`;
  }
  return undefined;
}

const NAMES = { kind: 'types', unit: 'units', attributeKeys: 'attributes', dataKey: 'temporality and monotonicity' };
