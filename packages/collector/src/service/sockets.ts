import type { Listener } from '@otelier/transport';
import type { Endpoint, LeasedListener } from '../component/host.ts';

/** Opens a socket for a component. */
export type OpenSocket = (endpoint: string, place: Omit<Endpoint, 'address'>) => Promise<Listener>;

/** The sockets that components of one thread listen on, and where they are found. */
export class Sockets {
  readonly #open: OpenSocket;
  readonly #endpoints = new Set<Endpoint>();
  /** The sockets on loan whose connections can be moved, and how. */
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
    const own = { ...endpoint };
    this.#endpoints.add(own);
    return () => {
      this.#endpoints.delete(own);
    };
  }

  endpoints(): readonly Endpoint[] {
    return [...this.#endpoints];
  }
}
