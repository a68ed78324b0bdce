import type { Job } from '../config/jobs.ts';
import type { LabelPairs } from '../parse/exposition.ts';
import { type Labels, setLabel } from './relabel.ts';

/** A series of a target, which is resolved once and then found by its text. */
export interface Series {
  readonly name: string;
  /** All labels but the name, sorted. */
  readonly labels: LabelPairs;
  /** Job and instance. */
  readonly resourceKey: string;
  readonly job: string;
  readonly instance: string;
  /** The labels of the scope, those that begin with `otel_scope_`. */
  readonly scope: LabelPairs;
  readonly scopeKey: string;
  /** The scrape in which the series was last part of the page. */
  seenAt: number;
  /** Whether the series ends with a stale marker when it vanishes. */
  isTracked: boolean;
  /** Whether its values are native histograms. */
  isNative: boolean;
}

/** A sample that is not valid, or a limit that is exceeded, which makes the scrape fail. */
export class ScrapeError extends Error {
  override readonly name = 'ScrapeError';
}

/** What the samples of a target get: its labels, and the job whose rules apply. */
export interface SeriesContext {
  readonly job: Job;
  readonly targetLabels: LabelPairs;
}

/** Resolves the series of a sample: target labels, relabeling, limits. `undefined` if relabeling drops it. */
export function resolveSeries(name: string, own: LabelPairs, context: SeriesContext): Series | undefined {
  const { job, targetLabels } = context;
  const labels: Labels = new Map([['__name__', name]]);
  for (const [key, value] of own) {
    if (labels.has(key) && value !== '') throw new ScrapeError(`expected different labels, got two named ${key}`);
    if (value !== '') labels.set(key, value);
  }
  if (job.config.honorLabels) {
    for (const [key, value] of targetLabels) if (!labels.has(key)) labels.set(key, value);
  } else {
    overrideLabels(labels, targetLabels);
  }
  if (!job.metricRelabeling(labels) || labels.size === 0) return undefined;
  checkLimits(labels, job);
  return seriesOf(labels, context);
}

/** Resolves a series about the scrape itself, such as `up`. */
export function reportSeries(name: string, context: SeriesContext): Series {
  const labels: Labels = new Map([['__name__', name]]);
  overrideLabels(labels, context.targetLabels);
  return seriesOf(labels, context);
}

/** Sets the labels of the target. Those of the page with the same names are renamed. */
function overrideLabels(labels: Labels, targetLabels: LabelPairs): void {
  const conflicting: [string, string][] = [];
  for (const [key, value] of targetLabels) {
    const before = labels.get(key);
    if (before !== undefined) conflicting.push([key, before]);
    labels.set(key, value);
  }
  conflicting.sort(([a], [b]) => a.length - b.length);
  for (const [key, value] of conflicting) {
    let renamed = `exported_${key}`;
    while (labels.has(renamed)) renamed = `exported_${renamed}`;
    labels.set(renamed, value);
  }
}

function checkLimits(labels: Labels, { limits }: Job): void {
  const { labels: count, nameLength, valueLength } = limits;
  const name = labels.get('__name__') ?? '';
  if (count > 0 && labels.size > count)
    throw new ScrapeError(`${name}: expected at most ${count} labels, got ${labels.size}`);
  if (nameLength === 0 && valueLength === 0) return;
  for (const [key, value] of labels) {
    if (nameLength > 0 && Buffer.byteLength(key) > nameLength)
      throw new ScrapeError(`${name}: expected names of labels of at most ${nameLength} bytes, got "${key}"`);
    if (valueLength > 0 && Buffer.byteLength(value) > valueLength)
      throw new ScrapeError(`${name}: expected values of labels of at most ${valueLength} bytes, got "${value}"`);
  }
}

function seriesOf(labels: Labels, { job, targetLabels }: SeriesContext): Series {
  for (const [key, value] of job.externalLabels) setLabel(labels, key, value);
  const name = labels.get('__name__') ?? '';
  if (name === '') throw new ScrapeError('expected a name of every sample, got none');
  labels.delete('__name__');
  const ofTarget = (key: string): string => targetLabels.find(([one]) => one === key)?.[1] ?? '';
  const jobName = labels.get('job') ?? ofTarget('job');
  const instance = labels.get('instance') ?? ofTarget('instance');
  const sorted = [...labels].sort(([a], [b]) => (a < b ? -1 : 1));
  const scope = sorted.filter(([key]) => key.startsWith(SCOPE_PREFIX));
  return {
    name,
    labels: sorted,
    job: jobName,
    instance,
    resourceKey: `${jobName}\n${instance}`,
    scope,
    scopeKey: scope.length === 0 ? '' : JSON.stringify(scope),
    seenAt: -1,
    isTracked: true,
    isNative: false,
  };
}

/** Prefix of the labels that describe the scope of a metric. */
export const SCOPE_PREFIX = 'otel_scope_';
