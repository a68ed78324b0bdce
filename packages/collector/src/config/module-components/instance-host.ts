import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isClientAuthenticator } from '../../component/auth/client-auth.ts';
import { isAuthenticator } from '../../component/fields/server.ts';
import type { Endpoint, Host, LeasedListener } from '../../component/host.ts';
import { describeAuthenticator } from './authenticator-calls.ts';
import type { HostCall, HostRequest, OpenedSocket } from './protocol.ts';

interface OpenSocket {
  readonly leased: LeasedListener;
  readonly directory: string;
}

/**
 * Serves an instance of a component in a module what only the host has: listening sockets and extensions. A thread cannot
 * take a connection of another one, so that the host accepts connections and forwards their bytes through a private socket.
 */
export class InstanceHost {
  readonly #host: Host;
  readonly #sockets = new Map<number, OpenSocket>();
  readonly #announced = new Map<number, () => void>();
  #lastSocket = 0;

  constructor(host: Host) {
    this.#host = host;
  }

  async request(request: HostRequest): Promise<unknown> {
    switch (request.kind) {
      case 'listen':
        return await this.#listen(request.endpoint, request.place);
      case 'accept':
        return this.#accept(request.socket);
      case 'release':
        return await this.#release(request.socket);
      case 'announce':
        return void this.#announced.set(request.announcement, this.#host.announce(request.endpoint));
      case 'withdraw':
        return this.#announced.get(request.announcement)?.();
      case 'authorize': {
        const offered = this.#host.extension(request.id)?.offers;
        if (!isClientAuthenticator(offered)) throw new Error(`expected an extension "${request.id}"`);
        const { headers, context } = request;
        return await offered.authorize({ headers, context, signal: new AbortController().signal });
      }
    }
  }

  /** Returns the result of a call that an instance waits for. */
  call(call: HostCall): unknown {
    const offered = this.#host.extension(call.id)?.offers;
    if (call.kind === 'extension') return describeAuthenticator(offered);
    if (!isAuthenticator(offered)) throw new Error(`expected an extension "${call.id}" that authenticates requests`);
    return offered.authenticate(call.headers);
  }

  /** Releases what the instance has not, because its thread ended. */
  async close(): Promise<void> {
    for (const withdraw of this.#announced.values()) withdraw();
    this.#announced.clear();
    await Promise.all([...this.#sockets.keys()].map((socket) => this.#release(socket)));
  }

  async #listen(endpoint: string, place: Omit<Endpoint, 'address'>): Promise<OpenedSocket> {
    const leased = await this.#host.listen(endpoint, place);
    const directory = await mkdtemp(join(tmpdir(), 'otelier-socket-'));
    this.#lastSocket += 1;
    this.#sockets.set(this.#lastSocket, { leased, directory });
    return { socket: this.#lastSocket, address: leased.listener.address, path: pathIn(directory) };
  }

  #accept(id: number): void {
    const open = this.#sockets.get(id);
    open?.leased.listener.accept((socket) => forward(socket, pathIn(open.directory)));
  }

  async #release(id: number): Promise<void> {
    const open = this.#sockets.get(id);
    if (!this.#sockets.delete(id) || open === undefined) return;
    await open.leased.release();
    await rm(open.directory, { recursive: true, force: true });
  }
}

function pathIn(directory: string): string {
  return join(directory, 'socket');
}

/** Forwards the bytes of a connection, and its end, in both directions. */
function forward(outer: Socket, path: string): void {
  const inner = connect({ path, allowHalfOpen: true });
  for (const [one, other] of [
    [outer, inner],
    [inner, outer],
  ] as const) {
    one.pipe(other);
    one.on('error', () => other.destroy());
    // What has been received is still sent.
    one.on('close', () => other.destroySoon());
  }
}
