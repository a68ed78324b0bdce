import type { KubernetesObject, ResourceType } from '../../kubernetes/resource.ts';
import type { ServerGroup } from '../scraping/server-scraper.ts';
import type { ClusterObjects } from './cluster-objects.ts';
import type { Entity } from './entity.ts';

/** Which metrics a receiver makes of the objects. */
export interface ClusterOptions {
  isEnabled(metric: string): boolean;
  /** Conditions of nodes, and the metrics of them. */
  readonly conditions: readonly { readonly of: string; readonly name: string }[];
  /** Resources of nodes, and the metrics of them. */
  readonly allocatable: readonly { readonly of: string; readonly name: string }[];
}

/** A kind of objects, and what the receiver makes of it. `T` is the part of an object that is kept. */
interface KindDefinition<T> {
  readonly type: ResourceType;
  readonly scope: 'cluster' | 'namespace';
  /** What names of its metrics start with. */
  readonly metrics: readonly string[];
  /** Whether other kinds need its objects for their entities. */
  readonly isReferenced?: boolean;
  /** Whether an API server may not have the type. */
  readonly isOptional?: boolean;
  /** Only for OpenShift. */
  readonly isOpenshift?: boolean;
  select(object: KubernetesObject): T;
  groups?(kept: T, cluster: ClusterObjects, options: ClusterOptions): readonly ServerGroup[];
  entities?(kept: T, cluster: ClusterObjects): readonly Entity[];
}

/** The part of an object that is kept. Only its kind knows it. */
export type Kept = object;

/** A kind of objects whose parts have any type. */
export type ClusterKind = KindDefinition<Kept>;

/** Declares a kind. */
export function defineKind<T extends object>(definition: KindDefinition<T>): ClusterKind {
  const { groups, entities, ...rest } = definition;
  // Objects reach only the kind that has selected them.
  return {
    ...rest,
    ...(groups !== undefined && { groups: (kept, cluster, options) => groups(kept as T, cluster, options) }),
    ...(entities !== undefined && { entities: (kept, cluster) => entities(kept as T, cluster) }),
  };
}
