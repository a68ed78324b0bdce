import type { ExportHandler, ExportServer, Listener } from '@otelier/transport';
import type { ComponentContext, Receiver, SignalConsumers } from './contract.ts';
import type { Endpoint } from './host.ts';
import { createIngestHandler } from './ingest-handler.ts';

/** One server of a receiver. */
export interface ServerPlan {
  readonly protocol: Endpoint['protocol'];
  /** Whether request headers stay with the telemetry. Default false. */
  readonly includeMetadata?: boolean;
  /** Where the host listens: `host:port` or `unix:/path`. */
  readonly endpoint: string;
  create(listener: Listener, handler: ExportHandler): Promise<ExportServer>;
}

/** One server that opens a socket of a kind that the host does not know. */
export interface OwnSocketPlan extends Omit<ServerPlan, 'endpoint' | 'create'> {
  create(handler: ExportHandler): Promise<Pick<ExportServer, 'address' | 'shutdown'>>;
}

/**
 * Creates a receiver from servers: `start` opens them in the order of the plan, `drain` stops listening and finishes
 * requests in flight, `shutdown` ends them. `plan` runs at start, when other components can be found.
 */
export function createServerReceiver(
  next: SignalConsumers,
  context: ComponentContext,
  plan: () => readonly (ServerPlan | OwnSocketPlan)[],
): Receiver {
  const { host, id: component } = context;
  /** Filled step by step, so that a start that fails half-way is closed, too. */
  const release: (() => Promise<void> | void)[] = [];
  const servers: Pick<ExportServer, 'shutdown'>[] = [];
  const handlers: { close(): Promise<void> }[] = [];

  const open = async (server: ServerPlan | OwnSocketPlan) => {
    const handler = createIngestHandler(next, server.includeMetadata ?? false, context);
    handlers.push(handler);
    if ('endpoint' in server) {
      const socket = await host.listen(server.endpoint, { component, protocol: server.protocol });
      release.push(() => socket.release());
      const running = await server.create(socket.listener, handler);
      servers.push(running);
      socket.movable(() => running.moveConnection());
    } else {
      const running = await server.create(handler);
      servers.push(running);
      release.push(host.announce({ component, protocol: server.protocol, address: running.address }));
    }
  };
  const stop = async (graceMillis: number) => {
    await Promise.all(release.splice(0).map((end) => end()));
    await Promise.all(servers.map((server) => server.shutdown(graceMillis)));
    await Promise.all(handlers.splice(0).map((handler) => handler.close()));
  };
  return {
    async start() {
      for (const server of plan()) await open(server);
    },
    drain: (_deadline, remainingMillis) => stop(remainingMillis),
    shutdown: () => stop(0),
  };
}
