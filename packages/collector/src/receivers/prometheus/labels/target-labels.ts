import { formatDuration, parseDuration } from '../../../component/units.ts';
import type { Job } from '../config/jobs.ts';
import { type Labels, setLabel } from './relabel.ts';

/** A target as it was discovered: its address and labels. */
export type DiscoveredLabels = Readonly<Record<string, string>>;

/** The labels of a target before and after relabeling. */
export interface TargetLabels {
  readonly discovered: Labels;
  readonly labels: Labels;
  readonly intervalMillis: number;
  readonly timeoutMillis: number;
}

/** A target whose labels are invalid. */
export class TargetError extends Error {
  override readonly name = 'TargetError';
}

/** Returns the labels of a discovered target, or `undefined` if relabeling drops it. Throws a `TargetError`. */
export function targetLabels(job: Job, discoveredLabels: DiscoveredLabels): TargetLabels | undefined {
  const discovered = populate(job, discoveredLabels);
  const labels: Labels = new Map(discovered);
  if (!job.relabeling(labels)) return undefined;
  const address = labels.get('__address__') ?? '';
  if (address === '') throw new TargetError('expected an address, got none');
  if (address.includes('/')) throw new TargetError(`expected an address such as host:port, got "${address}"`);
  const intervalMillis = millisOf(labels, '__scrape_interval__');
  const timeoutMillis = millisOf(labels, '__scrape_timeout__');
  if (timeoutMillis > intervalMillis) {
    throw new TargetError(
      `expected a scrape timeout of at most ${formatDuration(intervalMillis)}, got ${formatDuration(timeoutMillis)}`,
    );
  }
  for (const name of [...labels.keys()]) if (name.startsWith('__meta_')) labels.delete(name);
  if (!labels.has('instance')) labels.set('instance', address);
  return { discovered, labels, intervalMillis, timeoutMillis };
}

function populate({ name, config, intervalMillis, timeoutMillis }: Job, discovered: DiscoveredLabels): Labels {
  const labels: Labels = new Map();
  for (const [key, value] of Object.entries(discovered)) setLabel(labels, key, value);
  const defaults: [string, string][] = [
    ['job', name],
    ['__scrape_interval__', formatDuration(intervalMillis)],
    ['__scrape_timeout__', formatDuration(timeoutMillis)],
    ['__metrics_path__', config.metricsPath],
    ['__scheme__', config.scheme],
    ...Object.entries(config.params).flatMap(([key, [first]]): [string, string][] =>
      first === undefined ? [] : [[`__param_${key}`, first]],
    ),
  ];
  for (const [key, value] of defaults) if (!labels.has(key)) setLabel(labels, key, value);
  return labels;
}

function millisOf(labels: Labels, name: string): number {
  const text = labels.get(name) ?? '';
  const millis = parseDuration(text);
  if (millis === undefined || millis <= 0) throw new TargetError(`${name}: expected a duration above 0, got "${text}"`);
  return millis;
}

/** Returns the URL of a target. */
export function targetUrl({ config }: Job, labels: ReadonlyMap<string, string>): string {
  const parameters = new Map(Object.entries(config.params).map(([key, values]) => [key, [...values]]));
  for (const [name, value] of labels) {
    if (!name.startsWith('__param_')) continue;
    const key = name.slice('__param_'.length);
    parameters.set(key, [value, ...(parameters.get(key) ?? []).slice(1)]);
  }
  const query = new URLSearchParams();
  for (const key of [...parameters.keys()].sort()) for (const one of parameters.get(key) ?? []) query.append(key, one);
  const url = new URL(`${labels.get('__scheme__') ?? 'http'}://${labels.get('__address__') ?? ''}`);
  // As in Prometheus, the path has no escapes: a `%` stands for itself.
  url.pathname = (labels.get('__metrics_path__') ?? '').replaceAll(/[%\\]/g, encodeURIComponent);
  url.search = query.toString();
  return url.href;
}

/** Returns the labels that samples of a target get: those that do not start with `__`. */
export function publicLabels(labels: ReadonlyMap<string, string>): readonly (readonly [string, string])[] {
  return [...labels].filter(([name]) => !name.startsWith('__'));
}
