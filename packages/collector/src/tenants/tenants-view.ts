import type { TenantEditor } from '@otelier/identity';
import { DEFAULT_TENANT } from '@otelier/otlp';
import { ApiProblem, type RemovalProof, type Tenant, type TenantsView, type TenantUsage } from '@otelier/query';
import type { Store, TenantStats, TenantsCapability } from '@otelier/store';
import type { Clock } from '@otelier/transport';
import type { Host } from '../component/host.ts';
import type { IngestUsage, TenantDefinition } from '../component/requests/tenants.ts';

type TenantsHost = Pick<Host, 'tenants' | 'ingestUsage' | 'documentsOf' | 'graph'>;

/** Forgets what is kept of a tenant outside of the store, such as its alerts. Resolves when that is durable. */
export type ForgetTenant = (tenant: string) => Promise<void>;

/** Creates what queries and administrators see of the tenants of a service. */
export function createTenantsView(
  host: TenantsHost,
  clock: Pick<Clock, 'now'>,
  store: () => Store | undefined,
  forget: ForgetTenant = async () => undefined,
): TenantsView {
  const usages = async (names: readonly string[]): Promise<ReadonlyMap<string, TenantUsage>> => {
    const stored = new Map(((await store()?.stats())?.tenants ?? []).map((stats) => [stats.tenant, stats]));
    const received = new Map((host.ingestUsage?.() ?? []).map((usage) => [usage.tenant, usage]));
    const all = [...new Set([...stored.keys(), ...received.keys(), ...names])].sort();
    return new Map(all.map((name) => [name, usageOf(name, host, received.get(name), stored.get(name))]));
  };
  const one = async (name: string): Promise<Tenant> => {
    const usage = (await usages([name])).get(name) ?? usageOf(name, host, undefined, undefined);
    return { ...definitionOf(host, name), usage };
  };
  return {
    rejectionOf: (tenant) => host.tenants?.rejectionOfQuery(tenant),
    limitsOf: (tenant) => host.tenants?.queryLimits(tenant) ?? {},
    queried: (tenant, isRejected) => host.tenants?.queried(tenant, isRejected),
    usage: async () => [...(await usages([])).values()],
    async list() {
      const found = await usages([DEFAULT_TENANT, ...(host.tenants?.defined() ?? [])]);
      return [...found].map(([name, usage]) => ({ ...definitionOf(host, name), usage }));
    },
    async create(tenant, { displayName, limits }) {
      const editor = editorOf(host);
      if (host.tenants?.definition(tenant).definedBy === 'identity')
        throw new ApiProblem('conflict', `tenant: ${tenant} exists`);
      await editor.create(tenant, limits, clock.now(), displayName);
      return await one(tenant);
    },
    async change(tenant, change) {
      const editor = editorOf(host);
      if (host.tenants?.definition(tenant).definedBy !== 'identity')
        throw new ApiProblem('not_found', `tenant: there is no ${JSON.stringify(tenant)} that was created`);
      await editor.change(tenant, change);
      return await one(tenant);
    },
    async remove(tenant, how) {
      const found = store();
      if (found?.tenants === undefined)
        throw new ApiProblem(
          'unavailable',
          'this store cannot remove tenants; `clickhouse_store` needs `documents_directory` for it',
        );
      const holds = found.holds?.list().filter((hold) => hold.tenant === tenant) ?? [];
      if (holds.length > 0) {
        const ids = holds.map(({ id }) => id).join(', ');
        throw new ApiProblem('conflict', `tenant: ${tenant} has legal holds: release ${ids} first`);
      }
      return remove(found, found.tenants, { host, clock, forget }, tenant, how);
    },
  };
}

function editorOf({ tenants }: TenantsHost): TenantEditor {
  const editor = tenants?.editor();
  if (editor !== undefined) return editor;
  throw new ApiProblem(
    'unavailable',
    'tenants: expected an extension `identity`, whose database keeps them; without it, `service.tenants.named` of the configuration defines them',
  );
}

interface RemovalContext {
  readonly host: TenantsHost;
  readonly clock: Pick<Clock, 'now'>;
  readonly forget: ForgetTenant;
}

async function remove(
  store: Store,
  removing: TenantsCapability,
  { host, clock, forget }: RemovalContext,
  tenant: string,
  { by, accepts }: { readonly by: string; readonly accepts: boolean },
): Promise<RemovalProof> {
  const beganMillis = clock.now();
  const removed = await removing.remove(tenant);
  host.tenants?.removed(tenant, clock.now());
  const documents = (await host.documentsOf(store)?.removeTenant(tenant)) ?? 0;
  await forget(tenant);
  if (accepts) await removing.admit(tenant);
  const ended = accepts ? undefined : await host.tenants?.editor()?.remove(tenant);
  const directory = removing.directory;
  const { knownBackups, signStatement } = await import('@otelier/store');
  const backups = knownBackups(directory).map((backup) => ({
    directory: backup.directory,
    at: new Date(backup.atMillis).toISOString(),
  }));
  const endedMillis = clock.now();
  return signStatement(directory, `${tenant.replace(/[^a-z0-9_-]/g, '_')}-${endedMillis}`, {
    ...{ tenant, by, began: new Date(beganMillis).toISOString(), ended: new Date(endedMillis).toISOString() },
    ...{ files: removed.files, journals: removed.journals, documents, ...ended },
    // IDs of data keys that were destroyed: copies of encrypted files, such as those in backups, cannot be read without them.
    ...(removed.keys !== undefined && { destroyedKeys: removed.keys }),
    // What still may have telemetry of the tenant: queues deliver what they have, and backups are not changed.
    ...{ queues: queuesOf(host), backups },
    rows: removed.files.reduce((sum, { rows }) => sum + rows, 0),
  });
}

/** Returns the components whose queues have telemetry, which may be of any tenant. */
function queuesOf(host: TenantsHost): readonly { readonly component: string; readonly requests: number }[] {
  return host
    .graph()
    .nodes.flatMap(({ component, queue }) =>
      queue === undefined || queue.requests === 0 ? [] : [{ component, requests: queue.requests }],
    );
}

function definitionOf({ tenants }: TenantsHost, tenant: string): TenantDefinition {
  if (tenants !== undefined) return tenants.definition(tenant);
  const limits = { limits: {}, ownLimits: {} };
  return { tenant, displayName: tenant, state: 'active', definedBy: 'telemetry', createdMillis: undefined, ...limits };
}

function usageOf(
  tenant: string,
  host: TenantsHost,
  received: IngestUsage | undefined,
  stored: TenantStats | undefined,
): TenantUsage {
  const { receivedItems = 0, receivedBytes = 0, itemsPerSecond = 0, bytesPerSecond = 0 } = received ?? {};
  const { rejectedRequests = 0, inFlightBytes = 0, queries = 0, rejectedQueries = 0 } = received ?? {};
  const { connections = 0, activeSeries = 0 } = received ?? {};
  return {
    ...{ tenant, state: received?.state ?? definitionOf(host, tenant).state, receivedItems, receivedBytes },
    ...{ itemsPerSecond, bytesPerSecond, rejectedRequests, inFlightBytes, queries, rejectedQueries },
    ...{ connections, activeSeries },
    ...{ storedBytes: stored?.bytes ?? 0, storedRows: stored?.rows ?? 0, pendingRows: stored?.pendingRows ?? 0 },
  };
}
