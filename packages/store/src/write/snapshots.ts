import type { Signal } from '@otelier/otlp';
import type { ThreadClient } from './client.ts';
import { keyOf } from './files/files.ts';
import type { Positions, Snapshot, SnapshotAccess, SnapshotMessage, StoredFile } from './protocol.ts';

/** Returns the read side's access to the store thread's snapshots. */
export function createSnapshotAccess(thread: ThreadClient, durable: () => Positions): SnapshotAccess {
  const described = new Map<string, ReadonlyMap<string, StoredFile>>();
  const snapshotOf = (tenant: string, signal: Signal, { pin, paths, added }: SnapshotMessage): Snapshot => {
    const key = keyOf(tenant, signal);
    const known = new Map([...(described.get(key) ?? []), ...added.map((file) => [file.path, file] as const)]);
    const files = paths.flatMap((path) => known.get(path) ?? []);
    described.set(key, new Map(files.map((file) => [file.path, file])));
    return { pin, files };
  };
  return {
    async snapshot(tenant, signal, reads = 'everything') {
      const message = await thread.request('snapshot', { tenant, signal, positions: durable(), reads });
      return snapshotOf(tenant, signal, message);
    },
    release({ pin }) {
      thread.post({ kind: 'release', pin });
    },
    async direct(tenant, signal, question) {
      const message = await thread.request('direct', { tenant, signal, positions: durable(), question });
      return { ...snapshotOf(tenant, signal, message), pending: message.pending, reply: message.reply };
    },
    pending: (tenant, signal, place, question) =>
      thread.request('pending', { tenant, signal, positions: {}, place, question }),
    verify: (paths) => thread.request('verify', { positions: {}, paths }),
    tenants: () => thread.request('tenants', { positions: durable() }),
  };
}
