import { type ConfigIssue, type ConfigUse, otherExtensions } from '../define.ts';
import type { Host } from '../host.ts';
import { EndpointSet } from './endpoint-set.ts';

/** Returns the endpoints of a started observer. Throws if no extension with this ID is one. */
export function observedBy(id: string, host: Host): EndpointSet {
  const offers = host.extension(id)?.offers;
  if (offers instanceof EndpointSet) return offers;
  throw new Error(`watch_observers: expected an observer of service.extensions, got "${id}"`);
}

/** Reports IDs that name no observer of the service. */
export function checkObservers(ids: readonly string[], field: string, use: ConfigUse): ConfigIssue[] {
  return ids.flatMap((id, index) => {
    const observers = otherExtensions(id, use, ({ observesEndpoints }) => observesEndpoints);
    if (observers === undefined) return [];
    const choice = observers.length === 0 ? 'such as `k8s_observer`' : `(${observers.join(', ')})`;
    return [{ path: [field, index], message: `expected an observer of service.extensions ${choice}, got "${id}"` }];
  });
}
