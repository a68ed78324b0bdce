import { valueAt } from '../scraping/json-paths.ts';
import type { Reading } from '../scraping/reading.ts';
import type { ReportFailure } from '../scraping/scraping-receiver.ts';

/** What of containers becomes attributes of resources, beside the usual ones. */
export interface ResourceLabels {
  readonly labels: Readonly<Record<string, string>>;
  readonly variables: Readonly<Record<string, string>>;
}

const NANOS = 1e9;
const DEFAULT_PERIOD_MICROS = 100_000;
const MAX_CPUS = 1 << 20;

/** Returns the attributes of the resource of a container (`GET /containers/{id}/json`). */
export function containerResource(container: object, { labels, variables }: ResourceLabels): Record<string, string> {
  const command = valueAt(container, 'Config.Cmd');
  return {
    'container.runtime': 'docker',
    'container.hostname': textAt(container, 'Config.Hostname'),
    'container.id': textAt(container, 'Id'),
    'container.image.name': textAt(container, 'Config.Image'),
    'container.name': textAt(container, 'Name').replace(/^\//, ''),
    'container.image.id': textAt(container, 'Image'),
    'container.command_line': Array.isArray(command) ? command.join(' ') : '',
    ...selected(variables, variablesOf(container)),
    ...selected(labels, labelsOf(container)),
  };
}

/** Returns the readings of the configuration and state of a container. */
export function containerReadings(container: object, nowMillis: number, fail: ReportFailure): readonly Reading[] {
  const started = Date.parse(textAt(container, 'State.StartedAt'));
  const limit = cpuLimit(valueAt(container, 'HostConfig'));
  const id = textAt(container, 'Id').slice(0, 12);
  if (Number.isNaN(started)) fail(`${id}: State.StartedAt: expected a time, got none`);
  if (Number.isNaN(limit)) fail(`${id}: HostConfig.CpusetCpus: expected CPUs such as "0-2,7"`);
  return [
    { metric: 'container.restarts', value: numberAt(container, 'RestartCount') },
    { metric: 'container.cpu.shares', value: numberAt(container, 'HostConfig.CpuShares') },
    ...(nowMillis > started ? [{ metric: 'container.uptime', value: (nowMillis - started) / 1000 }] : []),
    ...(limit > 0 ? [{ metric: 'container.cpu.limit', value: limit }] : []),
  ];
}

/** Returns the number of CPUs that a container may use, 0 for no limit; NaN if the limit cannot be read. */
function cpuLimit(host: unknown): number {
  const nanos = numberAt(host, 'NanoCpus');
  if (nanos > 0) return nanos / NANOS;
  const set = textAt(host, 'CpusetCpus');
  if (set !== '') return set.split(',').reduce((sum, range) => sum + cpusIn(range), 0);
  const quota = numberAt(host, 'CpuQuota');
  return quota > 0 ? quota / (numberAt(host, 'CpuPeriod') || DEFAULT_PERIOD_MICROS) : 0;
}

function cpusIn(range: string): number {
  const [, first, last = first] = /^\s*(\d+)(?:-(\d+))?\s*$/.exec(range) ?? [];
  const count = Number(last) - Number(first) + 1;
  return first !== undefined && count > 0 && count <= MAX_CPUS ? count : Number.NaN;
}

function labelsOf(container: object): ReadonlyMap<string, string> {
  const labels = valueAt(container, 'Config.Labels');
  return new Map(typeof labels === 'object' && labels !== null ? Object.entries(labels) : []);
}

function variablesOf(container: object): ReadonlyMap<string, string> {
  const variables = valueAt(container, 'Config.Env');
  const texts = (Array.isArray(variables) ? variables : []).filter((each) => typeof each === 'string');
  return new Map(texts.map((text) => [text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1)] as const));
}

function selected(names: Readonly<Record<string, string>>, values: ReadonlyMap<string, string>) {
  return Object.fromEntries(
    Object.entries(names).flatMap(([name, attribute]) => {
      const value = values.get(name);
      return typeof value === 'string' && value.trim() !== '' ? [[attribute, value]] : [];
    }),
  );
}

/** Returns the text below a path, or nothing. */
export function textAt(document: unknown, path: string): string {
  const value = valueAt(document, path);
  return typeof value === 'string' ? value : '';
}

function numberAt(document: unknown, path: string): number {
  const value = valueAt(document, path);
  return typeof value === 'number' || typeof value === 'bigint' ? Number(value) : 0;
}
