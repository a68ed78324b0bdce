import type { Listener } from '@otelier/transport';
import type { Endpoint, LeasedListener } from '../component/host.ts';

/** Opens a socket for a component. */
export type OpenSocket = (endpoint: string, place: Omit<Endpoint, 'address'>) => Promise<Listener>;

/** The listening sockets of one thread's components, and their endpoints. */
export class Sockets {
  readonly #open: OpenSocket;
  readonly #endpoints = new Set<Endpoint>();
  /** Leased sockets whose connections can be moved, each with the function that moves a connection. */
  readonly movable = new Map<Listener, () => boolean>();

  constructor(open: OpenSocket) {
    this.#open = open;
  }

  async lease(endpoint: string, place: Omit<Endpoint, 'address'>): Promise<LeasedListener> {
    const listener = await this.#open(endpoint, place);
    const withdraw = this.announce({ ...place, address: listener.address });
    return {
      listener,
      movable: (moveConnection) => {
        this.movable.set(listener, moveConnection);
      },
      release: () => {
        this.movable.delete(listener);
        withdraw();
        return listener.close();
      },
    };
  }

  announce(endpoint: Endpoint): () => void {
    const entry = { ...endpoint };
    this.#endpoints.add(entry);
    return () => {
      this.#endpoints.delete(entry);
    };
  }

  endpoints(): readonly Endpoint[] {
    return [...this.#endpoints];
  }
}
