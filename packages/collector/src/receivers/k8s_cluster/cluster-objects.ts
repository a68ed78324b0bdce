import type { KeptMeta } from './object-fields.ts';

/** What is kept of a service. */
export interface KeptService extends KeptMeta {
  readonly annotations: Readonly<Record<string, string>>;
  readonly type: string;
  readonly selector: Readonly<Record<string, string>>;
  readonly publishesNotReady: boolean;
  readonly trafficDistribution: string;
  readonly ingressCount: number;
}

/** Number of endpoints of a family and zone by condition. */
export interface EndpointCount {
  readonly addressType: string;
  readonly zone: string;
  readonly ready: number;
  readonly serving: number;
  readonly terminating: number;
}

/** What is kept of an endpoint slice. */
export interface KeptEndpoints {
  readonly namespace: string;
  readonly service: string;
  readonly counts: readonly EndpointCount[];
}

/** The objects of a cluster, by resource and UID. */
export class ClusterObjects {
  readonly #objects = new Map<string, Map<string, object>>();
  /** Services with a selector by namespace, and counts of endpoints by service. Built when they are asked for. */
  #services: Map<string, readonly KeptService[]> | undefined;
  #endpoints: Map<string, readonly EndpointCount[]> | undefined;

  set(resource: string, uid: string, kept: object): void {
    const known = this.#objects.get(resource);
    if (known === undefined) this.#objects.set(resource, new Map([[uid, kept]]));
    else known.set(uid, kept);
    this.#forget(resource);
  }

  remove(resource: string, uid: string): void {
    this.#objects.get(resource)?.delete(uid);
    this.#forget(resource);
  }

  /** Returns the objects of a kind. */
  of(resource: string): readonly object[] {
    return [...this.#all(resource)];
  }

  /** Returns the metadata of an object. `resource` is a kind that keeps it. */
  find(resource: string, uid: string): KeptMeta | undefined {
    return this.#objects.get(resource)?.get(uid) as KeptMeta | undefined;
  }

  /** Returns the names of the services whose selector matches a pod. */
  servicesOf({ namespace, labels }: KeptMeta): readonly string[] {
    this.#services ??= Map.groupBy(
      [...(this.#all('services') as Iterable<KeptService>)].filter(({ selector }) => Object.keys(selector).length > 0),
      (service) => service.namespace,
    );
    return (this.#services.get(namespace) ?? [])
      .filter(({ selector }) => Object.entries(selector).every(([key, value]) => labels[key] === value))
      .map(({ name }) => name);
  }

  /** Returns the endpoints of a service, if endpoint slices are watched. */
  endpointsOf({ namespace, name }: KeptMeta): readonly EndpointCount[] {
    this.#endpoints ??= countEndpoints(this.#all('endpointslices') as Iterable<KeptEndpoints>);
    return this.#endpoints.get(`${namespace}/${name}`) ?? [];
  }

  #all(resource: string): Iterable<object> {
    return this.#objects.get(resource)?.values() ?? [];
  }

  #forget(resource: string): void {
    if (resource === 'services') this.#services = undefined;
    if (resource === 'endpointslices') this.#endpoints = undefined;
  }
}

/** Adds up the counts of slices by service, family and zone. */
function countEndpoints(slices: Iterable<KeptEndpoints>): Map<string, readonly EndpointCount[]> {
  const services = new Map<string, Map<string, EndpointCount>>();
  for (const { namespace, service, counts } of slices) {
    if (service === '') continue;
    const name = `${namespace}/${service}`;
    const sums = services.get(name) ?? new Map<string, EndpointCount>();
    services.set(name, sums);
    for (const count of counts) {
      const key = `${count.addressType} ${count.zone}`;
      const known = sums.get(key);
      const sum = known === undefined ? count : added(known, count);
      sums.set(key, sum);
    }
  }
  return new Map([...services].map(([name, sums]) => [name, [...sums.values()]]));
}

function added(first: EndpointCount, second: EndpointCount): EndpointCount {
  return {
    ...first,
    ready: first.ready + second.ready,
    serving: first.serving + second.serving,
    terminating: first.terminating + second.terminating,
  };
}
