import { IncomingRequests } from '@otelier/transport';
import type { Admissions } from '../../component/admissions.ts';
import type { Host, Lease, Shared } from '../../component/host.ts';

const ELSEWHERE =
  'is not available to components in modules: open sockets and files in `start`, and name them in `exclusive`';

/** Returns the host of components in a component thread. What only the process has is not available. */
export function threadHost(draining: AbortSignal): Host {
  const shared = new Map<string, { readonly value: Promise<Shared>; leases: number }>();
  return {
    async share<T extends Shared>(key: string, open: () => Promise<T>): Promise<Lease<T>> {
      const entry = shared.get(key) ?? { value: open(), leases: 0 };
      shared.set(key, entry);
      entry.leases += 1;
      let isReleased = false;
      const release = async () => {
        if (isReleased) return;
        isReleased = true;
        entry.leases -= 1;
        if (entry.leases > 0) return;
        shared.delete(key);
        await entry.value.then((value) => value.close());
      };
      return { value: (await entry.value) as T, release };
    },
    extension: () => undefined,
    offerStore: () => notHere('offerStore'),
    stores: () => new Map(),
    listen: () => notHere('listen'),
    announce: () => () => {},
    endpoints: () => [],
    resource: {},
    graph: () => notHere('graph'),
    ledger: () => notHere('ledger'),
    drops: () => notHere('drops'),
    pipelineInput: () => undefined,
    subscribe: () => notHere('subscribe'),
    memoryInUse: () => process.memoryUsage().heapUsed,
    configuration: undefined,
    draining,
    health: () => notHere('health'),
    statuses: () => [],
    checkHealth: () => notHere('checkHealth'),
  };
}

function notHere(name: string): never {
  throw new Error(`host.${name} ${ELSEWHERE}`);
}

const HELD = { grow: () => true, release: () => {} };

/** Memory for components in a component thread: the batches that they get are admitted by the service's own threads. */
export const UNLIMITED: Admissions = {
  inFlightBytes: 0,
  limitBytes: Number.MAX_SAFE_INTEGER,
  refusedRequests: 0,
  incoming: new IncomingRequests(),
  admit: () => HELD,
  admitItems: () => undefined,
};
