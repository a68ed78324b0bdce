import type { ResourceCount } from './resource-counts.ts';

/** A version of a service that was first seen in a range. */
export interface Release {
  readonly service: string;
  readonly version: string;
  /** The step in which it was first seen. */
  readonly step: number;
}

/** Maximum number of releases, the latest ones. */
const MAX_RELEASES = 100;

/** Returns the version of a resource, or an empty string. */
export function versionOf({ resource }: Pick<ResourceCount, 'resource'>): string {
  const version = resource['service.version'];
  return typeof version === 'string' ? version : '';
}

/**
 * Returns the versions of services that were first seen in the range while an earlier version was known. The first
 * version of a service is no release, because the service itself is new.
 */
export function releasesOf(
  counts: readonly ResourceCount[],
  before: readonly Pick<ResourceCount, 'service' | 'resource'>[],
): readonly Release[] {
  const known = Map.groupBy(before, ({ service }) => service);
  const releases: Release[] = [];
  for (const [service, own] of Map.groupBy(counts, (count) => count.service)) {
    const earlier = new Set((known.get(service) ?? []).map(versionOf));
    const first = new Map<string, number>();
    for (const count of own) {
      const version = versionOf(count);
      first.set(version, Math.min(first.get(version) ?? Number.POSITIVE_INFINITY, count.step));
    }
    const earliest = Math.min(...first.values());
    for (const [version, step] of first) {
      if (version === '' || earlier.has(version)) continue;
      if (earlier.size > 0 || step > earliest) releases.push({ service, version, step });
    }
  }
  return releases.sort((a, b) => a.step - b.step || (a.service < b.service ? -1 : 1)).slice(-MAX_RELEASES);
}
