import type { Page } from '../../component/http/http-extension.ts';
import type { DiscoveredLabels } from '../../receivers/prometheus/labels/target-labels.ts';
import type { AllocatedCollector } from './allocate.ts';
import type { TargetAllocator } from './allocator.ts';
import type { AllocatedJob } from './jobs.ts';
import type { MonitorJobs } from './monitors/jobs.ts';

/** Returns the collectors that targets are assigned to; `undefined` before they are known. */
export type KnownCollectors = () => readonly AllocatedCollector[] | undefined;

/**
 * Returns the pages that collectors read, as the allocator of the OpenTelemetry operator serves them. Targets that are not known
 * yet have status 503, so that collectors keep theirs.
 */
export function allocatorPages(allocator: TargetAllocator, collectors: KnownCollectors, monitors?: MonitorJobs) {
  return (url: URL): Page => {
    if (url.pathname === '/livez') return { body: 'ok\n' };
    if (url.pathname === '/monitors' && monitors !== undefined) return json(monitors.states);
    // Collectors would end the jobs of monitors that are not known yet.
    return monitors?.isComplete === false ? UNKNOWN : jobsPage(url, allocator, collectors);
  };
}

function jobsPage({ pathname, searchParams }: URL, allocator: TargetAllocator, collectors: KnownCollectors): Page {
  const { jobs } = allocator;
  if (pathname === '/scrape_configs') return json(byName(jobs, ({ served }) => served));
  if (pathname === '/jobs') return json(byName(jobs, ({ name }) => ({ _link: pathOf(name) })));
  const known = collectors();
  if (pathname === '/readyz') return known === undefined ? UNKNOWN : { body: `${known.length} collectors\n` };
  const name = nameOf(pathname);
  if (name === undefined || !jobs.has(name))
    return { status: 404, body: 'expected /scrape_configs, /jobs or /jobs/NAME/targets\n' };
  const assigned = known && allocator.targetsOf(name, known);
  if (assigned === undefined) return UNKNOWN;
  const collector = searchParams.get('collector_id');
  if (collector !== null) return json(groupsOf(assigned.get(collector) ?? []));
  const entries = [...assigned].map(([id, targets]) => {
    const link = `${pathOf(name)}?collector_id=${encodeURIComponent(id)}`;
    return [id, { _link: link, targets: groupsOf(targets) }] as const;
  });
  return json(Object.fromEntries(entries));
}

const UNKNOWN: Page = { status: 503, body: 'the jobs, targets or collectors are not known yet\n' };

function byName<T>(jobs: ReadonlyMap<string, AllocatedJob>, toValue: (job: AllocatedJob) => T) {
  return Object.fromEntries([...jobs].map(([name, job]) => [name, toValue(job)]));
}

function json(value: unknown): Page {
  return { type: 'application/json', body: `${JSON.stringify(value)}\n` };
}

function pathOf(job: string): string {
  return `/jobs/${encodeURIComponent(job)}/targets`;
}

/** Returns the job of a path. Go escapes spaces in names as `+`. */
function nameOf(pathname: string): string | undefined {
  const [, name] = /^\/jobs\/([^/]+)\/targets$/.exec(pathname) ?? [];
  if (name === undefined) return undefined;
  try {
    return decodeURIComponent(name.replaceAll('+', '%20'));
  } catch {
    return undefined;
  }
}

/** Returns target groups as HTTP discovery reads them. */
function groupsOf(targets: readonly DiscoveredLabels[]) {
  return targets.map(({ __address__: address = '', ...labels }) => ({ targets: [address], labels }));
}
