import { type DaemonOptions, readDaemonLines } from '../../receivers/docker_stats/daemon.ts';

/** Changes of containers that change their endpoints. Podman has other names for two of them, also in the filter. */
const ACTIONS = ['start', 'die', 'died', 'destroy', 'remove', 'stop', 'pause', 'unpause', 'rename', 'update'];
const FILTERS = encodeURIComponent(JSON.stringify({ type: ['container'], event: ACTIONS }));

/** Reads the IDs of containers that change, from a time on, until the daemon closes the connection. */
export async function* readChanges(
  daemon: DaemonOptions,
  sinceMillis: number,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const path = `/events?since=${Math.floor(sinceMillis / 1000)}&filters=${FILTERS}`;
  for await (const line of readDaemonLines(daemon, path, signal)) {
    const event = JSON.parse(line) as { readonly Actor?: { readonly ID?: unknown } } | null;
    const id = event?.Actor?.ID;
    if (typeof id === 'string') yield id;
  }
}
