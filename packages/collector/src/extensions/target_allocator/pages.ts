import type { Page } from '../../component/http/http-extension.ts';
import type { DiscoveredLabels } from '../../receivers/prometheus/labels/target-labels.ts';
import type { AllocatedCollector } from './allocate.ts';
import type { TargetAllocator } from './allocator.ts';

/** Returns the collectors that targets are assigned to; `undefined` before they are known. */
export type KnownCollectors = () => readonly AllocatedCollector[] | undefined;

/**
 * Returns the pages that collectors read, as the allocator of the OpenTelemetry operator serves them. Targets that are not known
 * yet have status 503, so that collectors keep theirs.
 */
export function allocatorPages(allocator: TargetAllocator, collectors: KnownCollectors) {
  const served = Object.fromEntries([...allocator.jobs].map(([name, job]) => [name, job.served]));
  const links = Object.fromEntries([...allocator.jobs.keys()].map((name) => [name, { _link: pathOf(name) }]));
  return ({ pathname, searchParams }: URL): Page => {
    if (pathname === '/livez') return { body: 'ok\n' };
    if (pathname === '/scrape_configs') return json(served);
    if (pathname === '/jobs') return json(links);
    const known = collectors();
    if (pathname === '/readyz') return known === undefined ? UNKNOWN : { body: `${known.length} collectors\n` };
    const name = nameOf(pathname);
    if (name === undefined || !allocator.jobs.has(name))
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
  };
}

const UNKNOWN: Page = { status: 503, body: 'the targets or collectors are not known yet\n' };

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
