import type { ExportHandler, ExportServer, Listener } from '@otelier/transport';
import type { ComponentContext, Receiver, SignalConsumers } from './contract.ts';
import type { Endpoint } from './host.ts';
import { createIngestHandler } from './ingest-handler.ts';

/** A server that a receiver opens. */
export interface ServerPlan {
  readonly protocol: Endpoint['protocol'];
  /** Whether to keep request headers as metadata. Default false. */
  readonly includeMetadata?: boolean;
  /** Address that the host listens on: `host:port` or `unix:/path`. */
  readonly endpoint: string;
  create(listener: Listener, handler: ExportHandler): Promise<ExportServer>;
}

/** A server that opens its own socket. */
export interface OwnSocketPlan extends Omit<ServerPlan, 'endpoint' | 'create'> {
  create(handler: ExportHandler): Promise<Pick<ExportServer, 'address' | 'shutdown'>>;
}

/**
 * Creates a receiver from its servers. `start` opens them in order, `drain` stops listening and finishes in-flight
 * requests, and `shutdown` closes connections. `plan` runs at start, when extensions are available.
 */
export function createServerReceiver(
  next: SignalConsumers,
  context: ComponentContext,
  plan: () => readonly (ServerPlan | OwnSocketPlan)[],
): Receiver {
  const { host, id: component } = context;
  // Filled as servers start, so that `shutdown` also closes a receiver that failed to start.
  const release: (() => Promise<void> | void)[] = [];
  const servers: Pick<ExportServer, 'shutdown'>[] = [];
  const handlers: { close(): Promise<void> }[] = [];

  const open = async (server: ServerPlan | OwnSocketPlan) => {
    const handler = createIngestHandler(next, server.includeMetadata ?? false, context, await context.senders?.open());
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
