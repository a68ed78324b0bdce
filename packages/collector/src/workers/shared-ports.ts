import { parseEndpoint } from '@otelier/transport/endpoint';
import { ListenError, listen } from '@otelier/transport/listen';
import type { Endpoint } from '../component/host.ts';
import type { SocketReply } from './protocol.ts';

/**
 * Assigns addresses to workers. Because the kernel lets any program of the same user join a shared port, the first
 * claim briefly opens the port exclusively. This detects a port that is already in use, and resolves port 0.
 */
export class SharedPorts {
  readonly #addresses = new Map<string, Promise<string>>();
  readonly #onUnshared: (component: string, endpoint: string) => void;

  /** `onUnshared` is called for a Unix socket path, on which only one worker can listen. */
  constructor(onUnshared: (component: string, endpoint: string) => void) {
    this.#onUnshared = onUnshared;
  }

  async claim(
    worker: number,
    endpoint: string,
    { component, protocol }: Omit<Endpoint, 'address'>,
  ): Promise<SocketReply> {
    try {
      if (parseEndpoint(endpoint).kind === 'unix') {
        if (worker === 0) this.#onUnshared(component, endpoint);
        return worker === 0 ? { kind: 'listen', endpoint } : { kind: 'idle', address: endpoint };
      }
      const key = `${component} ${protocol} ${endpoint}`;
      const address = this.#addresses.get(key) ?? findAddress(endpoint);
      this.#addresses.set(key, address);
      // After a reload that failed because of this port, another one can succeed.
      address.catch(() => this.#addresses.delete(key));
      return { kind: 'listen', endpoint: await address };
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      return {
        kind: 'failure',
        message: error.message,
        code: error instanceof ListenError ? error.code : '',
        endpoint,
      };
    }
  }
}

async function findAddress(endpoint: string): Promise<string> {
  const listener = await listen(endpoint);
  await listener.close();
  return listener.address;
}
