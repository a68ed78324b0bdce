import type { Signal } from '@otelier/otlp';
import type { ThreadClient } from './client.ts';
import { keyOf } from './files/files.ts';
import type { Positions, Snapshot, SnapshotAccess, StoredFile } from './protocol.ts';

/** Returns the read side's access to the store thread's snapshots. */
export function createSnapshotAccess(thread: ThreadClient, durable: () => Positions): SnapshotAccess {
  const described = new Map<string, ReadonlyMap<string, StoredFile>>();
  return {
    async snapshot(tenant: string, signal: Signal): Promise<Snapshot> {
      const { pin, paths, added } = await thread.request('snapshot', { tenant, signal, positions: durable() });
      const key = keyOf(tenant, signal);
      const known = new Map([...(described.get(key) ?? []), ...added.map((file) => [file.path, file] as const)]);
      const files = paths.flatMap((path) => known.get(path) ?? []);
      described.set(key, new Map(files.map((file) => [file.path, file])));
      return { pin, files };
    },
    release({ pin }) {
      thread.post({ kind: 'release', pin });
    },
    tenants: () => thread.request('tenants', { positions: durable() }),
  };
}
