import { ApiProblem, type RemovalProof, type TenantsView } from '@otelier/query';
import type { Store, TenantStats } from '@otelier/store';
import type { Clock } from '@otelier/transport';
import type { Host } from '../component/host.ts';
import type { IngestUsage } from '../component/requests/tenants.ts';
import { proveRemoval } from './removal-proof.ts';

/** Creates what queries and administrators see of the tenants of a service. */
export function createTenantsView(
  host: Pick<Host, 'tenants' | 'ingestUsage' | 'documentsOf'>,
  clock: Pick<Clock, 'now'>,
  store: () => Store | undefined,
): TenantsView {
  return {
    rejectionOf: (tenant) => host.tenants?.rejectionOfQuery(tenant),
    limitsOf: (tenant) => host.tenants?.queryLimits(tenant) ?? {},
    queried: (tenant, isRejected) => host.tenants?.queried(tenant, isRejected),
    async usage() {
      const stored = new Map(((await store()?.stats())?.tenants ?? []).map((stats) => [stats.tenant, stats]));
      const received = new Map((host.ingestUsage?.() ?? []).map((usage) => [usage.tenant, usage]));
      const names = new Set([...stored.keys(), ...received.keys()]);
      return [...names].sort().map((tenant) => usageOf(tenant, received.get(tenant), stored.get(tenant)));
    },
    async remove(tenant, how) {
      const found = store();
      if (found?.tenants === undefined) throw new ApiProblem('unavailable', 'this store cannot remove tenants');
      return remove(found, host, clock, tenant, how);
    },
  };
}

async function remove(
  store: Store,
  host: Pick<Host, 'documentsOf'>,
  clock: Pick<Clock, 'now'>,
  tenant: string,
  { by, accepts }: { readonly by: string; readonly accepts: boolean },
): Promise<RemovalProof> {
  const beganMillis = clock.now();
  const removed = await store.tenants?.remove(tenant);
  const documents = (await host.documentsOf(store)?.removeTenant(tenant)) ?? 0;
  if (accepts) await store.tenants?.admit(tenant);
  const { directory } = await store.stats();
  const endedMillis = clock.now();
  return proveRemoval(directory, `${tenant.replace(/[^a-z0-9_-]/g, '_')}-${endedMillis}`, {
    ...{ tenant, by, began: new Date(beganMillis).toISOString(), ended: new Date(endedMillis).toISOString() },
    ...{ files: removed?.files ?? [], journals: removed?.journals ?? [], documents },
    rows: (removed?.files ?? []).reduce((sum, { rows }) => sum + rows, 0),
  });
}

function usageOf(tenant: string, received: IngestUsage | undefined, stored: TenantStats | undefined) {
  const {
    state = 'active',
    receivedItems = 0,
    receivedBytes = 0,
    rejectedRequests = 0,
    inFlightBytes = 0,
  } = received ?? {};
  const { queries = 0, rejectedQueries = 0 } = received ?? {};
  return {
    ...{ tenant, state, receivedItems, receivedBytes, rejectedRequests, inFlightBytes, queries, rejectedQueries },
    ...{ storedBytes: stored?.bytes ?? 0, storedRows: stored?.rows ?? 0, pendingRows: stored?.pendingRows ?? 0 },
  };
}
