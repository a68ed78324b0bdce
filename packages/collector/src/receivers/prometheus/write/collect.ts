import type { Series } from '../labels/series.ts';
import type { Exemplar, LabelPairs, Metadata } from '../parse/exposition.ts';
import { parseNumberText } from '../parse/number.ts';
import { encodeScrapedExemplar } from './exemplar.ts';
import {
  createFamily,
  type Family,
  includesMetric,
  type Point,
  pointLabels,
  type Value,
  withoutSuffix,
} from './family.ts';

/** The families of a scope. */
export interface CollectedScope {
  readonly labels: LabelPairs;
  readonly families: Map<string, Family>;
}

/** The samples of a job and instance. */
export interface CollectedResource {
  readonly job: string;
  readonly instance: string;
  /** Labels of `target_info`. */
  readonly info: Map<string, string>;
  readonly scopes: Map<string, CollectedScope>;
}

/** A sample of a scrape, with its resolved series. */
export interface CollectedSample {
  readonly series: Series;
  readonly value: Value;
  readonly timestampMillis: number;
  readonly startMillis?: number | undefined;
  readonly exemplars?: readonly Exemplar[];
  /** Position of the value in the page, or −1. */
  readonly index: number;
}

/** Collects the samples of one scrape and groups them into metrics. */
export class Collection {
  readonly resources = new Map<string, CollectedResource>();
  /** Whether there is a stale marker. */
  hasStale = false;
  readonly #metadata: ReadonlyMap<string, Metadata>;
  /** Names whose metadata families were created with. */
  readonly #described = new Set<string>();

  constructor(metadata: ReadonlyMap<string, Metadata>) {
    this.#metadata = metadata;
  }

  /** Adds a sample. One that does not fit into its family is left out, as in the Collector. */
  add(sample: CollectedSample): void {
    const { series, value, timestampMillis, index } = sample;
    if (value === undefined) this.hasStale = true;
    const resource = this.#resource(series);
    if (series.name === 'target_info') {
      for (const [name, text] of series.labels)
        if (name !== 'job' && name !== 'instance') resource.info.set(name, text);
      return;
    }
    const isNative = typeof value === 'object' || (value === undefined && series.isNative);
    const family = this.#family(resource, series, isNative);
    const point = pointOf(family, series, timestampMillis);
    if (point.timestampMillis !== timestampMillis) return;
    if (!place(family, point, series, value, index)) return;
    const { startMillis = 0, exemplars = [] } = sample;
    if (startMillis > 0) point.created = { bound: 0, value: startMillis / 1000, index: -1 };
    if (family.kind === 'summary') return;
    for (const exemplar of exemplars) point.exemplars.push(encodeScrapedExemplar(exemplar, timestampMillis));
  }

  /** Reports whether metadata of this name could have changed a family that is there. */
  hasDescribed(name: string): boolean {
    return this.#described.has(name);
  }

  #resource({ resourceKey, job, instance }: Series): CollectedResource {
    let resource = this.resources.get(resourceKey);
    if (resource === undefined) {
      resource = { job, instance, info: new Map(), scopes: new Map() };
      this.resources.set(resourceKey, resource);
    }
    return resource;
  }

  #family({ scopes }: CollectedResource, series: Series, isNative: boolean): Family {
    let scope = scopes.get(series.scopeKey);
    if (scope === undefined) {
      scope = { labels: series.scope, families: new Map() };
      scopes.set(series.scopeKey, scope);
    }
    const { families } = scope;
    const keyOf = (name: string): string => (isNative ? `native ${name}` : name);
    const known = families.get(keyOf(series.name));
    if (known !== undefined) return known;
    this.#described.add(series.name).add(withoutSuffix(series.name));
    const created = createFamily(series.name, this.#metadata, isNative);
    const before = families.get(keyOf(created.name));
    if (before !== undefined && includesMetric(before, series.name)) return before;
    families.set(keyOf(created.name), created);
    return created;
  }
}

function pointOf(family: Family, series: Series, timestampMillis: number): Point {
  const labels = pointLabels(series, family.kind);
  const key = JSON.stringify(labels);
  let point = family.points.get(key);
  if (point === undefined) {
    const empty = { value: undefined, count: undefined, sum: undefined, created: undefined };
    point = { labels, timestampMillis, ...empty, parts: [], exemplars: [] };
    family.points.set(key, point);
  }
  return point;
}

/** Adds a value to its point. Returns `false` for one that the kind of the family has no place for. */
function place({ kind, declaredName }: Family, point: Point, series: Series, value: Value, index: number): boolean {
  const { name } = series;
  const part = { bound: 0, value, index };
  const isCreated = name === `${declaredName}_created`;
  switch (kind) {
    case 'exponentialHistogram':
      if (isCreated) point.created = part;
      else point.value = part;
      return true;
    case 'sum':
      if (isCreated) point.created = part;
      else point.value = part;
      return true;
    case 'histogram':
    case 'summary':
      if (name.endsWith('_sum')) point.sum = part;
      else if (name.endsWith('_count')) point.count = part;
      else if (isCreated) point.created = part;
      else return placeBound(kind === 'histogram' ? 'le' : 'quantile', point, series, part);
      return true;
    default:
      point.value = part;
      return true;
  }
}

function placeBound(label: string, point: Point, { labels }: Series, part: Point['parts'][number]): boolean {
  const text = labels.find(([name]) => name === label)?.[1] ?? '';
  const bound = parseNumberText(text);
  if (bound === undefined) return false;
  point.parts.push({ ...part, bound });
  return true;
}
