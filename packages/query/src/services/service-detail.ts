import { type Release, releasesOf, versionOf } from './releases.ts';
import type { ResourceCount } from './resource-counts.ts';

/** Items and requests of a version or an instance. */
export interface PartOfService {
  readonly name: string;
  /** The version of an instance. */
  readonly version: string;
  readonly items: number;
  readonly requests: number;
  readonly errors: number;
  /** Items in each step. */
  readonly steps: readonly number[];
}

/** An attribute of the resources of a service, with its most frequent values. */
export interface ResourceAttribute {
  readonly key: string;
  readonly values: readonly { readonly value: string; readonly count: number }[];
  /** Number of different values. */
  readonly distinct: number;
}

/** The versions, instances and resource attributes of a service. */
export interface ServiceDetail {
  readonly versions: readonly PartOfService[];
  readonly instances: readonly PartOfService[];
  /** Number of instances, including those that are not listed. */
  readonly instanceCount: number;
  readonly attributes: readonly ResourceAttribute[];
  readonly releases: readonly Release[];
}

/** Attributes that identify an instance, the most specific first. */
const INSTANCE_KEYS = ['service.instance.id', 'k8s.pod.name', 'container.id', 'host.name'] as const;
const MAX_INSTANCES = 100;
const MAX_VERSIONS = 20;
const MAX_ATTRIBUTES = 100;
const MAX_VALUES = 5;
const MAX_TEXT = 1000;

/** Describes a service by the counts of its resources in a range, and in the one before it. */
export function serviceDetail(
  counts: readonly ResourceCount[],
  before: readonly ResourceCount[],
  steps: number,
): ServiceDetail {
  const parts = (keyOf: (count: ResourceCount) => string): readonly PartOfService[] =>
    [...Map.groupBy(counts, keyOf)]
      .filter(([name]) => name !== '')
      .map(([name, group]) => partOf(name, group, steps))
      .sort((a, b) => b.requests - a.requests || b.items - a.items || (a.name < b.name ? -1 : 1));
  const instances = parts(instanceOf);
  return {
    versions: parts(versionOf).slice(0, MAX_VERSIONS),
    instances: instances.slice(0, MAX_INSTANCES),
    instanceCount: instances.length,
    attributes: attributesOf(counts),
    releases: releasesOf(counts, before),
  };
}

function instanceOf({ resource }: ResourceCount): string {
  const key = INSTANCE_KEYS.find((one) => typeof resource[one] === 'string' && resource[one] !== '');
  return key === undefined ? '' : String(resource[key]);
}

function partOf(name: string, counts: readonly ResourceCount[], stepCount: number): PartOfService {
  const steps = new Array<number>(stepCount).fill(0);
  const part = { items: 0, requests: 0, errors: 0 };
  for (const { step, items, requests, errors } of counts) {
    steps[step] = (steps[step] ?? 0) + items;
    part.items += items;
    part.requests += requests;
    part.errors += errors;
  }
  const latest = counts.reduce((a, b) => (b.step >= a.step ? b : a), counts[0] as ResourceCount);
  return { name, version: versionOf(latest), ...part, steps };
}

function attributesOf(counts: readonly ResourceCount[]): readonly ResourceAttribute[] {
  const values = new Map<string, Map<string, number>>();
  for (const { resource, items } of counts) {
    for (const [key, value] of Object.entries(resource)) {
      const ofKey = values.get(key) ?? new Map<string, number>();
      const text = (typeof value === 'string' ? value : JSON.stringify(value)).slice(0, MAX_TEXT);
      values.set(key, ofKey.set(text, (ofKey.get(text) ?? 0) + items));
    }
  }
  return [...values]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .slice(0, MAX_ATTRIBUTES)
    .map(([key, found]) => ({
      key,
      values: [...found]
        .map(([value, count]) => ({ value, count }))
        .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))
        .slice(0, MAX_VALUES),
      distinct: found.size,
    }));
}
