import type { ComponentContext } from '../../component/contract.ts';
import type { ObservedEndpoint } from '../../component/discovery/endpoint.ts';
import { EndpointSet } from '../../component/discovery/endpoint-set.ts';
import { errorMessage } from '../../component/error-message.ts';
import { pause } from '../../component/timing/pause.ts';
import { type ListeningSocket, readListeningSockets } from './listening-sockets.ts';
import { findSocketOwners, type SocketOwner } from './socket-owners.ts';

/** Reads the listening sockets of the host at an interval, and makes endpoints of them. While it fails, they stay. */
export class HostObserver {
  readonly endpoints = new EndpointSet();
  readonly #refreshInterval: number;
  readonly #context: ComponentContext;
  readonly #proc: string;
  readonly #stopped = new AbortController();
  /** Processes of the sockets, by inode. Those of sockets without a known process are looked for each time. */
  #owners = new Map<string, SocketOwner>();
  #running: Promise<void> = Promise.resolve();

  constructor(refreshInterval: number, context: ComponentContext) {
    this.#refreshInterval = refreshInterval;
    this.#context = context;
    this.#proc = context.environment['HOST_PROC'] || '/proc';
  }

  start(): void {
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      try {
        await this.#update();
        this.#context.reportStatus(undefined);
      } catch (error) {
        this.#context.reportStatus(errorMessage(error));
      }
      await pause(this.#context.clock, this.#refreshInterval, signal);
    }
  }

  async #update(): Promise<void> {
    const sockets = await readListeningSockets(this.#proc);
    const unknown = new Set(sockets.map(({ inode }) => inode).filter((inode) => !this.#owners.has(inode)));
    const found = unknown.size === 0 ? undefined : await findSocketOwners(this.#proc, unknown);
    const owners = new Map<string, SocketOwner>();
    for (const { inode } of sockets) {
      const owner = this.#owners.get(inode) ?? found?.get(inode);
      if (owner !== undefined) owners.set(inode, owner);
    }
    this.#owners = owners;
    this.endpoints.replace(
      this.#context.id,
      sockets.map((socket) => endpointOf(this.#context.id, socket, owners.get(socket.inode))),
    );
  }
}

function endpointOf(observer: string, socket: ListeningSocket, owner: SocketOwner | undefined): ObservedEndpoint {
  const { address, port, transport, isIpv6 } = socket;
  const suffix = owner === undefined ? '' : `-${owner.pid}`;
  // A socket that listens at all addresses of IPv4 is reached at the loopback address, and [::] reaches this host.
  const host = isIpv6 ? `[${address}]` : address === '0.0.0.0' ? '127.0.0.1' : address;
  return {
    id: `(${observer})${host}-${port}-${transport}${suffix}`,
    type: 'hostport',
    target: `${host}:${port}`,
    details: {
      ...{ process_name: owner?.name ?? '', command: owner?.command ?? '' },
      ...{ port, transport, is_ipv6: isIpv6, os: 'linux' },
    },
  };
}
