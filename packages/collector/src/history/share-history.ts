import type { Clock } from '@otelier/transport';
import type { Host, Lease } from '../component/host.ts';
import { ProcessPast } from './process-history.ts';

/** The history of a process, which goes on when a reload replaces its first user. */
export interface SharedHistory extends Pick<ProcessPast, 'read'> {
  close(): Promise<void>;
}

/** Returns the history of the process that a host runs. The first caller starts it. */
export function shareHistory(host: Host, clock: Clock, warn: (message: string) => void): Promise<Lease<SharedHistory>> {
  return host.share('process history', async () => {
    const observed = {
      graph: () => host.graph(),
      stores: () => host.stores(),
      owns: (store: Parameters<Host['documentsOf']>[0]) => host.documentsOf(store) !== undefined,
    };
    const past = new ProcessPast(observed, clock, warn);
    const stop = host.configuration?.subscribe((reload) => past.addReload(reload));
    past.start();
    // While the store is open, so that its directory is still locked.
    host.draining.addEventListener('abort', () => past.save(), { once: true });
    return {
      read: (request) => past.read(request),
      async close() {
        stop?.();
        await past.close();
      },
    };
  });
}
